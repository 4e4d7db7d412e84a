/** The account that moto has. */
export const account = '123456789012'

/** Who runs the lab's stacks. */
export const keeper = { name: 'upkeep-deploy', arn: `arn:aws:iam::${account}:user/upkeep-deploy` } as const
