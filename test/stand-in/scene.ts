import { hostScene } from './scene-host.ts'
import { networkScene } from './scene-network.ts'
import type { Part } from './scene-part.ts'
import { windowScene } from './scene-windows.ts'

/** The resources of the programs `windows` and `monitoring`, by name, in an order in which AWS takes them. */
export const scene: Readonly<Record<string, Part>> = { ...windowScene, ...networkScene, ...hostScene }
