/**
 * Words for Node before the entry of the command (`upkeep.js`, whose first line says the same): no warning of node-ssh's, and
 * at most 8 MB for each half of what was made lately. Node takes 16 and more, and takes it whenever much is made at once, so
 * answers of 1,000 hosts stood there long after they were judged: `patrol` held 280 to 330 MB, and 200 with this. Nothing is
 * refused by it, for what lives on moves to the old part, which has no limit here; a smaller one costs processor time (4 MB: 6 %
 * of such an inspection; 8 MB: none).
 */
export const nodeFlags = ['--disable-warning=DEP0190', '--max-semi-space-size=8'] as const
