import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Hosts as every contender is told about them; `key` and `knownHosts` are paths. */
export type Inventory = {
  readonly dir: string
  readonly hosts: readonly { readonly name: string; readonly address: string }[]
  readonly port: number
  readonly user: string
  readonly key: string
  readonly knownHosts: string
}

/** Files for the peers and for the bench's own programs, and what else the peers need to be told. */
export type InventoryFiles = {
  readonly json: string
  readonly ansible: string
  readonly pyinfra: string
  readonly addresses: string
  readonly ansibleEnv: Readonly<Record<string, string>>
}

/** Options of OpenSSH in every row: no configuration of the user's, pinned host keys, the cheap key exchange, no master. */
export function opensshOptions({
  knownHosts,
  key,
}: Pick<Inventory, 'knownHosts' | 'key'>): readonly string[] {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
    'UpdateHostKeys=no',
    `IdentityFile=${key}`,
    'IdentitiesOnly=yes',
    // OpenSSH's own default costs the client seven times as much; ssh2 and paramiko offer this one.
    'KexAlgorithms=curve25519-sha256',
    'LogLevel=ERROR',
  ]
  return ['-F', 'none', ...options.flatMap((option) => ['-o', option])]
}

/** Writes what is known of the hosts, as each contender reads it. */
export function writeInventory(inventory: Inventory): InventoryFiles {
  const { dir, hosts, port, user, key, knownHosts } = inventory
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const ansibleHosts = hosts.map(({ name, address }) => `${name} ansible_host=${address}`)
  const shared = [`ansible_port=${port}`, `ansible_user=${user}`, `ansible_ssh_private_key_file=${key}`]
  // Found once for all, as a user with many hosts would say it: the look for it is a connection more.
  shared.push('ansible_python_interpreter=/usr/bin/python3')
  const data = { ssh_port: port, ssh_user: user, ssh_key: key, ssh_known_hosts_file: knownHosts }
  const pyinfraHosts = hosts.map(({ name, address }) => [name, { ssh_hostname: address }] as const)
  const python = (value: unknown) => JSON.stringify(value) // text and numbers are the same in both
  const tuples = pyinfraHosts.map(([name, own]) => `    (${python(name)}, ${python(own)}),`)
  return {
    json: file('inventory.json', JSON.stringify(inventory)),
    ansible: file('inventory.ini', ['[all]', ...ansibleHosts, '[all:vars]', ...shared, ''].join('\n')),
    pyinfra: file(
      'inventory.py',
      `hosts = (\n  [\n${tuples.join('\n')}\n  ],\n  ${python({ ...data, ssh_strict_host_key_checking: 'yes' })},\n)\n`,
    ),
    addresses: file('addresses', hosts.map(({ address }) => `${address}\n`).join('')),
    ansibleEnv: {
      ANSIBLE_CONFIG: file('ansible.cfg', '[defaults]\nhost_key_checking = True\n'),
      ANSIBLE_PIPELINING: 'True',
      ANSIBLE_HOME: join(dir, 'ansible'),
      ANSIBLE_NOCOLOR: '1',
      // A master for one command costs more than it saves.
      ANSIBLE_SSH_ARGS: `-C ${opensshOptions(inventory).join(' ')} -o ControlMaster=no -o ControlPath=none`,
    },
  }
}
