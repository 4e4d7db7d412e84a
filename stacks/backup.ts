import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { ResolvedEstate, ResolvedOffsite } from '../core/estate/resolved.ts'
import { arnOfBucket } from './arn.ts'
import { BackupWriter } from './components/backup-writer.ts'
import { LogBucket } from './components/log-bucket.ts'
import { OffsiteStore } from './components/offsite-store.ts'
import { tagsOf } from './tags.ts'

/** What the hosts of a tier need to back up; the access key is a secret. */
export type StoreOutputs = {
  readonly bucket: pulumi.Output<string>
  readonly region: string
  readonly accessKeyId: pulumi.Output<string>
  readonly secretAccessKey: pulumi.Output<string>
}

/** The program `backup`: a locked store and a writer for each tier that the estate names, by tier. */
export function backup(estate: ResolvedEstate, offsite: ResolvedOffsite): Record<string, StoreOutputs> {
  const { account, region, keeper } = offsite
  // Another account than the estate's is refused by the provider, before it makes anything.
  const provider = new aws.Provider('offsite', { region: region as aws.Region, allowedAccountIds: [account] })
  const opts = { providers: [provider] }
  const logs = new LogBucket(
    'offsite-log',
    { bucket: offsite.logBucket, account, region, tags: tagsOf(estate.name, 'backup') },
    opts,
  )
  const outputs: Record<string, StoreOutputs> = {}
  for (const { tier, bucket, lock, oldVersionDays, approved } of offsite.stores) {
    if (approved !== undefined) {
      const whose = `agreed by ${approved.by} on ${approved.on}`
      void pulumi.log.warn(
        `${bucket}: nobody can delete, for ${lock.days} days, what is stored under its compliance lock (${whose})`,
      )
    }
    const tags = tagsOf(estate.name, 'backup', tier)
    const store = new OffsiteStore(
      `offsite-${tier}`,
      {
        bucket,
        account,
        region,
        keeper,
        lockMode: lock.mode,
        lockDays: lock.days,
        oldVersionDays,
        logBucket: logs.bucketName,
        tags,
      },
      opts,
    )
    const writer = new BackupWriter(
      `writer-${tier}`,
      { userName: bucket, bucketArn: arnOfBucket(bucket, region), keyArn: store.keyArn, tags },
      opts,
    )
    outputs[tier] = {
      bucket: store.bucketName,
      region,
      accessKeyId: writer.accessKeyId,
      secretAccessKey: writer.secretAccessKey,
    }
  }
  return outputs
}
