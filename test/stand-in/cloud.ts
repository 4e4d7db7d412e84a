import { mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { EC2Client } from '@aws-sdk/client-ec2'
import { IAMClient } from '@aws-sdk/client-iam'
import { KMSClient } from '@aws-sdk/client-kms'
import { S3Client } from '@aws-sdk/client-s3'
import { SNSClient } from '@aws-sdk/client-sns'
import { SSMClient } from '@aws-sdk/client-ssm'
import { type Key, openAccount } from '../../lab/cloud/account.ts'
import { cloudPaths } from '../../lab/cloud/layout.ts'
import { bringMoto, startMoto, stopMoto } from '../../lab/cloud/moto.ts'
import { labPaths } from '../../lab/layout.ts'
import { labDir } from '../lab/upkeep.ts'

export const region = 'ap-southeast-1'

/** A moto of its own with IAM on, and who may do everything there. */
export type OwnMoto = { readonly url: string; readonly key: Key; readonly end: () => Promise<void> }

/** Starts a moto for one file of tests; the programs come from the lab's cache. */
export async function ownMoto(): Promise<OwnMoto> {
  const directory = mkdtempSync(join(tmpdir(), 'upkeep-moto-'))
  const paths = cloudPaths({ dir: directory, cache: labPaths(labDir).cache })
  mkdirSync(paths.dir, { recursive: true })
  const { url } = await startMoto(paths, await bringMoto(paths, console.log))
  const key = await openAccount(url)
  return {
    url,
    key,
    async end() {
      await stopMoto(paths)
      rmSync(directory, { recursive: true })
    },
  }
}

/** Clients with which a person works by hand. */
export function byHand({ url, key }: { readonly url: string; readonly key: Key }) {
  const common = { endpoint: url, credentials: key, region, maxAttempts: 1 }
  return {
    s3: new S3Client({ ...common, forcePathStyle: true }),
    iam: new IAMClient({ ...common, region: 'us-east-1' }),
    kms: new KMSClient(common),
    ec2: new EC2Client(common),
    ssm: new SSMClient(common),
    sns: new SNSClient(common),
    cloudwatch: new CloudWatchClient(common),
  }
}
