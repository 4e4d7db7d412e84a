import { fileText } from '../schemas/file-text.ts'
import type { LabCloud } from '../schemas/lab-cloud.ts'
import { loadAs } from '../schemas/load.ts'
import { fail, ok, type Result } from '../schemas/problem.ts'
import { published } from '../schemas/validator.ts'

const mostBytes = 1 << 16
const answerMs = 5_000

/** The lab's cloud in a directory, if it is there and answers. Problems: `stack/no-lab`, `stack/lab-down`, those of its file. */
export async function labCloudAt(directory: string): Promise<Result<LabCloud>> {
  const path = `${directory}/cloud.json`
  const fix = 'Bring it up: upkeep lab up --cloud'
  const read = await fileText(path, mostBytes)
  if (!read.ok)
    return fail({
      code: 'stack/no-lab',
      what: "The estate asks for the lab's cloud, and it is not there.",
      where: path,
      fix,
    })
  const loaded = loadAs<LabCloud>('lab-cloud', published('lab-cloud'), path, read.text)
  if (!loaded.ok) return loaded
  const { url } = loaded.value.value
  const answer = await fetch(url, { signal: AbortSignal.timeout(answerMs) }).catch(() => undefined)
  await answer?.body?.cancel()
  if (answer === undefined)
    return fail({
      code: 'stack/lab-down',
      what: "The lab's cloud does not answer: moto is not running.",
      where: url,
      fix,
    })
  return ok(loaded.value.value)
}
