import type { MovedSchema } from '../../core/run/moved.ts'

/** What people should know before production, when patches move schemas; nothing when none does. */
export function movedLines(moved: readonly MovedSchema[]): readonly string[] {
  return moved.map(
    ({ host, database }) =>
      `The patch of ${host} moved the schema of ${database}: in production the old packages do not come back by themselves after it; a person must decide then.`,
  )
}
