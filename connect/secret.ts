import { fileText } from '../schemas/file-text.ts'
import { fail, ok, type Result } from '../schemas/problem.ts'
import { local } from './local.ts'

/** A reference to a secret, as the estate resolves it. */
export type SecretReference =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly variable: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }

const mostBytes = 1 << 20

/** Reads a secret at the moment it is needed; `learned` is told its value, so that no record will hold it. */
export async function readSecret(
  reference: SecretReference,
  o: {
    readonly env: Readonly<Record<string, string | undefined>>
    /** Where a command runs. */
    readonly directory: string
    readonly learned: (value: string) => void
  },
): Promise<Result<string>> {
  const value = await valueOf(reference, o)
  if (value === undefined || value === '') {
    return fail({
      code: 'secret/not-read',
      what: 'A secret that the estate refers to could not be read.',
      where:
        reference.kind === 'file'
          ? reference.path
          : reference.kind === 'env'
            ? `$${reference.variable}`
            : (reference.command[0] ?? ''),
      fix: 'Make it readable for the user that runs Upkeep.',
    })
  }
  o.learned(value)
  return ok(value)
}

async function valueOf(
  reference: SecretReference,
  {
    env,
    directory,
  }: { readonly env: Readonly<Record<string, string | undefined>>; readonly directory: string },
): Promise<string | undefined> {
  switch (reference.kind) {
    case 'env':
      return env[reference.variable]
    case 'file': {
      const read = await fileText(reference.path, mostBytes)
      return read.ok ? read.text.replace(/\n$/, '') : undefined
    }
    case 'command': {
      const ran = await local(reference.command, { timeoutMs: 30_000, cwd: directory, terminal: true })
      return ran.code === 0 ? ran.stdout.replace(/\n$/, '') : undefined
    }
  }
}
