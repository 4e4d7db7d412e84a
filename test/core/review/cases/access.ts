import { create, remove, replace, secret, type StackCase, unknown, update } from './case.ts'

const open = (cidrBlocks: readonly string[], ports: readonly [number, number], protocol = 'tcp') => ({
  protocol,
  fromPort: ports[0],
  toPort: ports[1],
  cidrBlocks,
})
const group = (...ingress: readonly object[]) => ({ ingress })
const statement = (more: object) => ({
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::b/*',
  ...more,
})
const policy = (...all: readonly object[]) => ({
  policy: JSON.stringify({ Version: '2012-10-17', Statement: all }),
})
const trust = (principal: string) => ({
  assumeRolePolicy: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: principal } }],
  }),
})
const tls = { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }
const onlyKeeper = {
  Effect: 'Deny',
  Principal: '*',
  Action: ['s3:PutBucketPolicy', 's3:DeleteBucket'],
  Resource: 'arn:aws:s3:::b',
  Condition: { ArnNotEquals: { 'aws:PrincipalArn': 'arn:aws:iam::1:role/keeper' } },
}

/** What is said of networks, policies and public access, and of what can not be read. */
export const accessCases: readonly StackCase[] = [
  {
    it: 'a network of addresses becomes all addresses',
    steps: [
      update(
        'ec2/securityGroup',
        group(open(['10.0.0.0/8'], [443, 443])),
        group(open(['0.0.0.0/0'], [443, 443])),
      ),
    ],
    gives: ['opens-ingress ingress'],
  },
  {
    it: 'more ports, and another protocol',
    steps: [
      update(
        'ec2/securityGroup',
        group(open(['10.0.0.0/8'], [443, 443])),
        group(open(['10.0.0.0/8'], [1, 1024]), open(['10.0.0.0/8'], [443, 443], 'udp')),
      ),
    ],
    gives: ['opens-ingress ingress', 'opens-ingress ingress'],
  },
  {
    it: 'a new rule lets addresses of IPv6 in',
    steps: [
      create('vpc/securityGroupIngressRule', {
        cidrIpv6: '2001:db8::/32',
        fromPort: 22,
        toPort: 22,
        ipProtocol: 'tcp',
      }),
    ],
    gives: ['opens-ingress ingress'],
  },
  {
    it: 'a part of a network, in another order, with a rule that lets out',
    steps: [
      update(
        'ec2/securityGroup',
        group(open(['10.0.0.0/8', '2001:db8::/32'], [1, 1024]), open(['192.0.2.1/32'], [0, 0], '-1')),
        group(open(['192.0.2.1/32'], [22, 22]), open(['2001:db8:1::/48', '10.9.0.0/16'], [443, 443], '6')),
      ),
      create('ec2/securityGroupRule', { type: 'egress', ...open(['0.0.0.0/0'], [0, 65535]) }),
    ],
    near: ['opens-ingress'],
    gives: [],
  },
  {
    it: 'nothing keeps a bucket from being opened to everybody',
    steps: [
      update(
        's3/bucketPublicAccessBlock',
        { blockPublicAcls: true, restrictPublicBuckets: true },
        { blockPublicAcls: true, restrictPublicBuckets: false },
      ),
    ],
    gives: ['opens-public restrictPublicBuckets'],
  },
  {
    it: 'the lists of access of objects count again',
    steps: [
      update(
        's3/bucketOwnershipControls',
        { rule: { objectOwnership: 'BucketOwnerEnforced' } },
        { rule: { objectOwnership: 'ObjectWriter' } },
      ),
    ],
    gives: ['opens-public rule.objectOwnership'],
  },
  {
    it: 'a database gets an address of the internet',
    steps: [update('rds/instance', { publiclyAccessible: false }, { publiclyAccessible: true })],
    gives: ['opens-public publiclyAccessible'],
  },
  {
    it: 'a database leaves the internet, and what keeps a bucket closed stays when it leaves the stack',
    steps: [
      update('rds/instance', { publiclyAccessible: true }, { publiclyAccessible: false }),
      remove('s3/bucketPublicAccessBlock', { blockPublicAcls: true }, { old: { retainOnDelete: true } }),
    ],
    near: ['opens-public'],
    gives: [],
  },
  {
    it: 'a writer may delete',
    steps: [
      update(
        'iam/userPolicy',
        policy(statement({})),
        policy(statement({ Action: ['s3:GetObject', 's3:DeleteObject'] })),
      ),
    ],
    gives: ['widens-iam policy'],
  },
  {
    it: 'an action becomes all actions, a resource all resources',
    steps: [
      update('iam/policy', policy(statement({})), policy(statement({ Action: 's3:*' }))),
      update('iam/policy', policy(statement({})), policy(statement({ Resource: '*' })), { name: 'two' }),
    ],
    gives: ['widens-iam policy', 'widens-iam policy'],
  },
  {
    it: 'a policy goes to another user, and a rule to another group',
    steps: [
      ...replace(
        'iam/userPolicy',
        { user: 'a', ...policy(statement({})) },
        { user: 'b', ...policy(statement({})) },
        ['user'],
      ),
      ...replace(
        'vpc/securityGroupIngressRule',
        { securityGroupId: 'a', cidrIpv4: '10.0.0.0/8', ipProtocol: '-1' },
        { securityGroupId: 'b', cidrIpv4: '10.0.0.0/8', ipProtocol: '-1' },
        ['securityGroupId'],
      ),
    ],
    gives: ['opens-ingress ingress', 'widens-iam policy'],
  },
  {
    it: 'a condition is lost',
    steps: [update('s3/bucketPolicy', policy(statement(tls)), policy(statement({})))],
    gives: ['widens-iam policy'],
  },
  {
    it: 'another account may take a role on, and the role gets a policy of AWS and no boundary',
    steps: [
      update(
        'iam/role',
        { ...trust('arn:aws:iam::1:root'), permissionsBoundary: 'b' },
        {
          ...trust('arn:aws:iam::2:root'),
          managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'],
        },
      ),
    ],
    gives: ['widens-iam assumeRolePolicy', 'widens-iam managedPolicyArns', 'widens-iam permissionsBoundary'],
  },
  {
    it: 'others than the keeper may weaken a store',
    steps: [
      update('s3/bucketPolicy', policy(onlyKeeper), policy({ ...onlyKeeper, Action: 's3:DeleteBucket' })),
    ],
    gives: ['widens-iam policy'],
  },
  {
    it: 'the policy of a store is deleted with its denials',
    steps: [remove('s3/bucketPolicy', policy(onlyKeeper))],
    gives: ['widens-iam policy'],
  },
  {
    it: 'a user gets a key, and a policy',
    steps: [
      create('iam/accessKey', { user: 'u' }),
      create('iam/userPolicyAttachment', { user: 'u', policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
    ],
    gives: ['widens-iam user', 'widens-iam policyArn'],
  },
  {
    it: 'all but some actions are allowed, and one fewer is left out',
    steps: [
      update(
        'iam/policy',
        policy({ Effect: 'Allow', NotAction: ['iam:*', 's3:*'], Resource: '*' }),
        policy({ Effect: 'Allow', NotAction: ['iam:*'], Resource: '*' }),
      ),
    ],
    gives: ['widens-iam policy'],
  },
  {
    it: 'a policy says less, in another order and other letters, and denies more',
    steps: [
      update(
        'iam/policy',
        policy(statement({ Action: ['s3:Get*', 's3:PutObject'] }), onlyKeeper),
        policy(
          { ...onlyKeeper, Action: 's3:*' },
          statement({ Action: 'S3:GetObject', ...tls }),
          statement({ Action: 's3:PutObject', Resource: 'arn:aws:s3:::b/a/*', Sid: 'Other' }),
        ),
      ),
    ],
    near: ['widens-iam'],
    gives: [],
  },
  {
    it: 'the policy of a new store depends on a key that is not made yet',
    steps: [create('s3/bucketPolicy', { bucket: 'b', policy: unknown })],
    gives: ['unknown-value policy (may)'],
  },
  {
    it: 'one address of a group is not known yet',
    steps: [update('ec2/securityGroup', group(), group(open([unknown], [22, 22])))],
    gives: ['unknown-value ingress (may)'],
  },
  {
    it: 'a policy is a secret, and becomes another one',
    steps: [
      {
        ...update('iam/policy', { policy: secret }, { policy: secret }),
        detailedDiff: { policy: { kind: 'update', inputDiff: true } },
      },
    ],
    gives: ['unknown-value policy (may)'],
  },
  {
    it: 'a policy is the same secret as before; the name of a bucket is not known yet',
    steps: [
      update(
        'iam/policy',
        { policy: '[secret]', description: 'a' },
        { policy: '[secret]', description: 'b' },
      ),
      create('s3/bucketVersioning', { bucket: unknown, versioningConfiguration: { status: 'Enabled' } }),
    ],
    near: ['unknown-value'],
    gives: [],
  },
  {
    it: 'a type of IAM that no rule knows',
    steps: [create('iam/samlProvider', { samlMetadataDocument: '<xml/>' })],
    gives: ['not-understood resource'],
  },
  {
    it: 'a policy that is none, ports that are lists, days in words',
    steps: [
      create('iam/policy', { policy: 'everything' }),
      update('ec2/securityGroup', group(), { ingress: 'all' }),
      update('rds/instance', { backupRetentionPeriod: 7 }, { backupRetentionPeriod: 'seven' }),
    ],
    gives: ['not-understood ingress', 'not-understood policy', 'not-understood backupRetentionPeriod'],
  },
  {
    it: 'a list of access that is new, and copies that go elsewhere',
    steps: [
      create('s3/bucketAcl', { acl: 'public-read' }),
      update('s3/bucketReplicationConfig', { rules: [{ a: 1 }] }, { rules: [{ a: 2 }] }),
    ],
    gives: ['not-understood acl', 'not-understood rules'],
  },
  {
    it: 'the engine does not say what was there',
    steps: [{ op: 'update', urn: 'urn:pulumi:backup::upkeep::aws:s3/bucket:Bucket::it' }],
    gives: ['not-understood resource'],
  },
  {
    it: 'a group of users is made, and a type of another service',
    steps: [
      create('iam/group', { name: 'g' }),
      create('ec2/eip', {}),
      ...replace('ssm/document', { content: 'a' }, { content: 'b' }, ['content']),
    ],
    near: ['not-understood'],
    gives: [],
  },
]
