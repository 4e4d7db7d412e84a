import { labPaths } from '../lab/layout.ts'
import { installTools } from '../lab/tool-packages.ts'

// What the tests need on this machine beside the lab's own tools: servers and shells to hold the connection against.
const paths = labPaths()
const added = await installTools(paths.installed, console.log, [
  ...['busybox', 'openssh-server', 'sudo'],
  // Backs up into what a stack made.
  'restic',
  // An engine whose rows, log and schema are read.
  'postgresql',
  // dnf and what builds packages for it: an install root of this machine stands for a host that has it.
  ...['createrepo-c', 'dnf', 'rpm'],
  // Databases that an inspection looks into.
  ...['mariadb-client-core', 'mariadb-server-core', 'postgresql-15'],
  // A browser that reads the health report, with Chinese; promtool, which reads metrics.
  ...['chromium-headless-shell', 'fonts-noto-cjk', 'prometheus'],
  // amtool, and the exporters whose metrics the alert rules are about.
  ...['prometheus-alertmanager', 'prometheus-blackbox-exporter'],
  ...['prometheus-node-exporter', 'prometheus-postgres-exporter'],
])
console.log(added.length === 0 ? 'everything was there' : `installed: ${added.join(' ')}`)
