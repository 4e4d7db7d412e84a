import { Type } from 'typebox'

/** Number of an account of AWS. */
export function Account(description: string) {
  return Type.String({ pattern: '^[0-9]{12}$', description: `${description}: 12 digits, in quotes` })
}

/** Name of a region, such as ap-southeast-1: what stands in every ARN and endpoint of AWS. */
export function Region(description: string) {
  return Type.String({ pattern: '^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$', description })
}
