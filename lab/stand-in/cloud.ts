import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { EC2Client } from '@aws-sdk/client-ec2'
import { IAMClient } from '@aws-sdk/client-iam'
import { KMSClient } from '@aws-sdk/client-kms'
import { S3Client } from '@aws-sdk/client-s3'
import { SNSClient } from '@aws-sdk/client-sns'
import { SSMClient } from '@aws-sdk/client-ssm'
import { STSClient } from '@aws-sdk/client-sts'

/** Clients of the lab's cloud, by region; `region` is that of the provider. */
export type Cloud = {
  readonly region: string
  readonly iam: IAMClient
  readonly sts: STSClient
  readonly ec2: EC2Client
  readonly ssm: SSMClient
  readonly sns: SNSClient
  readonly cloudwatch: CloudWatchClient
  readonly s3: (region: string) => S3Client
  readonly kms: (region: string) => KMSClient
}

/** Where the lab's cloud is, and who asks it. */
export type Access = {
  readonly url: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Why an address can not be the lab's cloud: only this machine's own is one, never a real AWS. */
export function refusedAddress(url: string | undefined): string | undefined {
  const parsed = url === undefined || !URL.canParse(url) ? undefined : new URL(url)
  const isHere =
    parsed?.protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(parsed.hostname)
  if (isHere) return undefined
  return `The lab's stand-in for AWS works with the lab's own cloud on this machine alone, and AWS_ENDPOINT_URL is ${url ?? 'not set'}.`
}

/** Clients for the lab's cloud; nothing is asked yet. */
export function cloudAt({ url, accessKeyId, secretAccessKey }: Access, region: string): Cloud {
  const common = { endpoint: url, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 2 }
  const s3 = new Map<string, S3Client>()
  const kms = new Map<string, KMSClient>()
  return {
    region,
    iam: new IAMClient({ ...common, region: 'us-east-1' }),
    sts: new STSClient({ ...common, region }),
    ec2: new EC2Client({ ...common, region }),
    ssm: new SSMClient({ ...common, region }),
    sns: new SNSClient({ ...common, region }),
    cloudwatch: new CloudWatchClient({ ...common, region }),
    s3: (of) => kept(s3, of, () => new S3Client({ ...common, region: of, forcePathStyle: true })),
    kms: (of) => kept(kms, of, () => new KMSClient({ ...common, region: of })),
  }
}

function kept<T>(clients: Map<string, T>, region: string, make: () => T): T {
  const found = clients.get(region) ?? make()
  clients.set(region, found)
  return found
}

/** The answer, or `null` where the service says that there is no such thing, by one of these names. */
export async function unlessGone<T>(asked: Promise<T>, ...names: readonly string[]): Promise<T | null> {
  try {
    return await asked
  } catch (cause) {
    if (cause instanceof Error && names.includes(cause.name)) return null
    throw cause
  }
}

/** Tags as the services take them. */
export function tagList(tags: Readonly<Record<string, unknown>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, value]) => ({ Key, Value: String(value) }))
}

/** Tags as programs say them; none are the same as no word of them. */
export function tagRecord(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Record<string, string> | null {
  if (tags.length === 0) return null
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))
}
