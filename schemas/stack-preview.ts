import { type Static, Type } from 'typebox'
import { OneOf } from './words.ts'

const Properties = Type.Object({}, { description: 'Any properties of the resource' })

/** A resource before or after a step; of all that the engine says those fields that are judged. */
const ResourceState = Type.Object({
  custom: Type.Optional(Type.Boolean({ description: 'false: a component, nothing in the cloud' })),
  delete: Type.Optional(Type.Boolean({ description: 'What an earlier replacement has left' })),
  protect: Type.Optional(Type.Boolean()),
  retainOnDelete: Type.Optional(Type.Boolean()),
  inputs: Type.Optional(Properties),
  outputs: Type.Optional(Properties),
})

const Texts = Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()]))

/**
 * What `pulumi preview --json` prints (Pulumi 3, pkg/display/json.go: PreviewDigest). It is the engine's format: open to
 * fields that come later, and closed to operations that nobody here knows.
 */
export const StackPreview = Type.Object({
  steps: Type.Optional(
    Type.Array(
      Type.Object({
        op: OneOf(
          [
            'same',
            'create',
            'update',
            'delete',
            'replace',
            'create-replacement',
            'delete-replaced',
            'read',
            'read-replacement',
            'refresh',
            'discard',
            'discard-replaced',
            'remove-pending-replace',
            'import',
            'import-replacement',
          ],
          'What the engine does to the resource',
        ),
        urn: Type.String(),
        oldState: Type.Optional(ResourceState),
        newState: Type.Optional(ResourceState),
        diffReasons: Texts,
        replaceReasons: Texts,
        detailedDiff: Type.Optional(Type.Union([Type.Object({}), Type.Null()])),
      }),
    ),
  ),
  diagnostics: Type.Optional(Type.Array(Type.Object({ severity: Type.Optional(Type.String()) }))),
  changeSummary: Type.Object({}, { description: 'Resources by operation; a preview that ended has it' }),
  maybeCorrupt: Type.Optional(Type.Boolean()),
})
export type StackPreview = Static<typeof StackPreview>
