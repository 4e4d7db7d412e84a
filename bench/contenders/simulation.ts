import { manyHostsPlan, simulateMany } from '../../test/simulation/many-hosts.ts'

// One rollout over as many simulated hosts as the first argument says; the second is the seed.

const [, , hosts = '', seed = ''] = process.argv
console.log(JSON.stringify(await simulateMany(manyHostsPlan(Number(hosts)), Number(seed))))
