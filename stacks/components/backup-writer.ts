import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { writerPolicy } from '../policies.ts'

export type BackupWriterArgs = {
  readonly userName: string
  readonly bucketArn: string
  readonly keyArn: pulumi.Input<string>
  readonly tags: Readonly<Record<string, string>>
}

/** The identity with which hosts outside AWS write backups: it adds, and can neither delete nor unlock. */
export class BackupWriter extends pulumi.ComponentResource {
  readonly accessKeyId: pulumi.Output<string>
  /** Secret: only as ciphertext in the state. */
  readonly secretAccessKey: pulumi.Output<string>

  constructor(name: string, args: BackupWriterArgs, opts?: pulumi.ComponentResourceOptions) {
    super('upkeep:backup:BackupWriter', name, args, opts)
    const child = { parent: this }
    const user = new aws.iam.User(
      name,
      { name: args.userName, path: '/upkeep/backup-writer/', tags: args.tags },
      child,
    )
    const policy = pulumi.output(args.keyArn).apply((arn) => writerPolicy(args.bucketArn, arn))
    new aws.iam.UserPolicy(`${name}-policy`, { user: user.name, name: 'write-backups', policy }, child)
    const key = new aws.iam.AccessKey(`${name}-key`, { user: user.name }, child)
    this.accessKeyId = key.id
    this.secretAccessKey = pulumi.secret(key.secret)
    this.registerOutputs({ accessKeyId: this.accessKeyId, secretAccessKey: this.secretAccessKey })
  }
}
