/** The part of AWS in which a region lies, as ARNs name it. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

/** ARN of a bucket by its name, known before there is a bucket: so a policy can be read in the preview. */
export function arnOfBucket(bucket: string, region: string): string {
  return `arn:${partitionOf(region)}:s3:::${bucket}`
}
