import type { Rows } from './row.ts'

/** Users and roles. */
export const identityRows: Rows = {
  'aws:iam/user:User': {
    source: 'internal/service/iam/user.go',
    makes: { writer: ['iam:CreateUser'] },
    reads: { writer: ['iam:GetUser', 'iam:ListUserTags'] },
    changes: { writer: ['iam:UpdateUser'] },
    tags: { writer: ['iam:TagUser', 'iam:UntagUser'] },
    // A user is looked for in groups before it goes (deleteUserGroupMemberships).
    removes: { writer: ['iam:DeleteUser', 'iam:ListGroupsForUser'] },
  },
  'aws:iam/userPolicy:UserPolicy': {
    source: 'internal/service/iam/user_policy.go',
    makes: { writer: ['iam:PutUserPolicy'] },
    reads: { writer: ['iam:GetUserPolicy'] },
    changes: { writer: ['iam:PutUserPolicy'] },
    removes: { writer: ['iam:DeleteUserPolicy'] },
  },
  'aws:iam/accessKey:AccessKey': {
    source: 'internal/service/iam/access_key.go',
    makes: { writer: ['iam:CreateAccessKey'] },
    reads: { writer: ['iam:ListAccessKeys'] },
    // One that somebody switched off is switched on again.
    changes: { writer: ['iam:UpdateAccessKey'] },
    removes: { writer: ['iam:DeleteAccessKey'] },
  },
  'aws:iam/role:Role': {
    source: 'internal/service/iam/role.go',
    makes: { role: ['iam:CreateRole'] },
    reads: {
      role: [
        'iam:GetRole',
        'iam:GetRolePolicy',
        'iam:ListAttachedRolePolicies',
        'iam:ListRolePolicies',
        'iam:ListRoleTags',
      ],
    },
    changes: { role: ['iam:UpdateAssumeRolePolicy'] },
    tags: { role: ['iam:TagRole', 'iam:UntagRole'] },
    // A role leaves its profiles before it goes.
    removes: {
      role: ['iam:DeleteRole', 'iam:ListInstanceProfilesForRole'],
      profile: ['iam:RemoveRoleFromInstanceProfile'],
    },
  },
  'aws:iam/rolePolicy:RolePolicy': {
    source: 'internal/service/iam/role_policy.go',
    makes: { role: ['iam:PutRolePolicy'] },
    reads: { role: ['iam:GetRolePolicy'] },
    changes: { role: ['iam:PutRolePolicy'] },
    removes: { role: ['iam:DeleteRolePolicy'] },
  },
  'aws:iam/instanceProfile:InstanceProfile': {
    source: 'internal/service/iam/instance_profile.go',
    // Who puts a role into a profile passes it (IAM API, AddRoleToInstanceProfile).
    makes: {
      profile: ['iam:AddRoleToInstanceProfile', 'iam:CreateInstanceProfile'],
      passedRole: ['iam:PassRole'],
    },
    reads: { profile: ['iam:GetInstanceProfile', 'iam:ListInstanceProfileTags'] },
    changes: {
      profile: ['iam:AddRoleToInstanceProfile', 'iam:RemoveRoleFromInstanceProfile'],
      passedRole: ['iam:PassRole'],
    },
    tags: { profile: ['iam:TagInstanceProfile', 'iam:UntagInstanceProfile'] },
    removes: { profile: ['iam:DeleteInstanceProfile', 'iam:RemoveRoleFromInstanceProfile'] },
  },
}
