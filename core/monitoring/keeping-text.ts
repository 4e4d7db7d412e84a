import { firstLine } from './yaml-text.ts'

/** How long Prometheus keeps figures, as variables of its unit: so many days, in four fifths of a volume of so many GiB. */
export function keepingText({
  keepDays,
  diskGb,
}: {
  readonly keepDays: number
  readonly diskGb: number
}): string {
  // What is left is for the newest hours, which no limit holds back, and for silences.
  return `${firstLine}\nKEEP_TIME=${keepDays}d\nKEEP_SIZE=${Math.floor(diskGb * 0.8)}GB\n`
}
