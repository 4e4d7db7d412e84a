import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { asideBucket } from '../stand-in/policy-aside.ts'
import { keeper } from './identity.ts'

/** Key of the identity that runs the lab's stacks. */
export type Key = { readonly accessKeyId: string; readonly secretAccessKey: string }

/** Makes the keeper in a fresh moto, and has every call checked by IAM from then on. */
export async function openAccount(url: string): Promise<Key> {
  const everybody = {
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
  }
  const iam = new IAMClient(everybody)
  const all = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  const UserName = keeper.name
  await iam.send(new CreateUserCommand({ UserName }))
  const PolicyDocument = JSON.stringify(all)
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'everything', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const s3 = new S3Client({ ...everybody, forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: asideBucket }))
  const answer = await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: '0' })
  if (!answer.ok || AccessKey === undefined) throw new Error('moto does not check who calls it')
  return { accessKeyId: AccessKey.AccessKeyId ?? '', secretAccessKey: AccessKey.SecretAccessKey ?? '' }
}
