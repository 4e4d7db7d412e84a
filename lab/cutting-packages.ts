/** Versions of the vendor's portal that cut the way in to the host that they are installed on. */
const cuttingVersions = ['1.6', '1.7', '1.8', '1.9'] as const
export type CuttingVersion = (typeof cuttingVersions)[number]

const cuts: Readonly<Record<CuttingVersion, { readonly change: string; readonly script: string }>> = {
  '1.6': {
    change: 'Come up with another address after a reboot, and ask for one.',
    script: `sed -i 's/^Address=.*/Address=192.0.2.1\\/24/' /etc/systemd/network/10-host0.network
  touch /run/reboot-required
  echo oa-portal >>/run/reboot-required.pkgs`,
  },
  '1.7': {
    change: 'Break the settings of sshd, and restart it.',
    script: `echo 'NoSuchOption yes' >>/etc/ssh/sshd_config
  systemctl restart ssh || true`,
  },
  '1.8': {
    change: 'Take the network down.',
    script: 'ip link set host0 down',
  },
  '1.9': {
    change: 'Make new host keys, and restart sshd.',
    script: `rm /etc/ssh/ssh_host_*
  ssh-keygen -A
  systemctl restart ssh`,
  },
}

/** These versions as packages of the vendor's. */
export const cuttingPackages = cuttingVersions.map((version) => ({
  name: 'oa-portal' as const,
  version,
  change: cuts[version].change,
}))

/** What such a version has besides the portal: it cuts once it is configured on a host that had another version. */
export function cuttingScript(version: string): Readonly<Record<string, string>> {
  const known = cuttingVersions.find((one) => one === version)
  if (known === undefined) return {}
  return {
    'DEBIAN/postinst': `#!/bin/sh\nset -e\nif [ "$1" = configure ] && [ -n "$2" ]; then\n  ${cuts[known].script}\nfi\n`,
  }
}
