import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { ResolvedCloudWindows, ResolvedEstate } from '../core/estate/resolved.ts'
import { NudgingWindow } from './components/nudging-window.ts'
import { tagsOf } from './tags.ts'

/** The program `windows`: a maintenance window for each system that has a window; their ids, by system. */
export function windows(
  estate: ResolvedEstate,
  { account, region, windows: all, ...marks }: ResolvedCloudWindows,
): Record<string, pulumi.Output<string>> {
  // Another account than the estate's is refused by the provider, before it makes anything.
  const provider = new aws.Provider('windows', { region: region as aws.Region, allowedAccountIds: [account] })
  return Object.fromEntries(
    all.map((window) => {
      const tags = tagsOf(estate.name, 'windows', window.tier)
      const made = new NudgingWindow(
        `window-${window.system}`,
        { estate: estate.name, window, ...marks, tags },
        { providers: [provider] },
      )
      return [window.system, made.windowId]
    }),
  )
}
