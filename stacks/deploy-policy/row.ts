/**
 * Where an action is allowed: on what, and under which conditions; `places.ts` says both for an estate. Those that begin with
 * `new` are what has no id yet, and is let in by the tags that it is made with; those of EC2 that are there already bear them.
 */
export type Place =
  | 'bucket'
  | 'settings'
  | 'newKey'
  | 'key'
  | 'writer'
  | 'role'
  | 'passedRole'
  | 'profile'
  | 'ec2List'
  | 'ec2New'
  | 'ec2Made'
  | 'ec2Untagged'
  | 'ec2'
  | 'newHost'
  | 'newRootDisk'
  | 'newInterface'
  | 'image'
  | 'topic'
  | 'newSubscription'
  | 'subscription'
  | 'alarm'
  | 'alarmList'
  | 'newWindow'
  | 'untaggedWindow'
  | 'window'
  | 'windowPart'
  | 'calendar'
  | 'serviceRole'

/** Actions of IAM, by the place where they are allowed. */
export type Actions = Readonly<Partial<Record<Place, readonly string[]>>>

/**
 * What the provider asks of AWS for a type of resource, by what the engine has it do. `source`: the file of the provider's code
 * (hashicorp/terraform-provider-aws) whose calls these are. Which rights a call needs, on what, and which conditions it knows
 * is in the Service Authorization Reference of AWS, against which a test holds every row.
 */
export type Row = {
  readonly source: string
  /**
   * Data lies in it: it is protected and stays in the account when it leaves the program, so no row of these removes
   * anything, and once it is filled only `reads` and `tags` are needed.
   */
  readonly holdsData?: true
  readonly makes: Actions
  readonly reads: Actions
  readonly changes?: Actions
  readonly tags?: Actions
  readonly removes?: Actions
}

/** Rows by type of resource, as the engine names it. */
export type Rows = Readonly<Record<string, Row>>
