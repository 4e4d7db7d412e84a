/** A user's way into the ERP: Tryton's JSON-RPC. */
export type TrytonDoor = {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly timeoutMs: number
}

/** What a call answered: a result, a maintenance page (503), or what went wrong. */
export type TrytonAnswer =
  | { readonly result: unknown }
  | { readonly closed: true; readonly said: string }
  | { readonly closed: false; readonly said: string }

/** Logs in and answers the value of the Authorization header, with the user's id. */
export async function logIn(
  door: TrytonDoor,
): Promise<
  { readonly session: string; readonly userId: number } | Exclude<TrytonAnswer, { result: unknown }>
> {
  const answer = await callTryton(door, 'common.db.login', [door.user, { password: door.password }, 'en'])
  if (!('result' in answer)) return answer
  const [userId, key] = Array.isArray(answer.result) ? (answer.result as unknown[]) : []
  if (typeof userId !== 'number' || typeof key !== 'string') return { closed: false, said: 'log-in refused' }
  return { session: `Session ${Buffer.from(`${door.user}:${userId}:${key}`).toString('base64')}`, userId }
}

/** One JSON-RPC call on a connection of its own; never sent twice. */
export async function callTryton(
  door: Pick<TrytonDoor, 'url' | 'timeoutMs'>,
  method: string,
  params: readonly unknown[],
  session?: string,
): Promise<TrytonAnswer> {
  try {
    const response = await fetch(door.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(session === undefined ? {} : { authorization: session }),
      },
      body: JSON.stringify({ id: 1, method, params }),
      signal: AbortSignal.timeout(door.timeoutMs),
    })
    const text = await response.text()
    if (response.status === 503) return { closed: true, said: 'HTTP 503' }
    if (response.status !== 200) return { closed: false, said: `HTTP ${response.status}` }
    const body = JSON.parse(text) as { readonly result?: unknown; readonly error?: unknown }
    if (body.error !== undefined) return { closed: false, said: JSON.stringify(body.error).slice(0, 300) }
    return { result: body.result }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
    return { closed: false, said: `${error instanceof Error ? error.message : String(error)}${cause}` }
  }
}
