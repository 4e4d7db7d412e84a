import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { fail, ok, type Result } from '../schemas/problem.ts'

/** What a server shows of itself; dates as OpenSSL writes them. */
export type Served = { readonly subject: string; readonly validFrom: string; readonly validTo: string }

/** The certificate that is served at a place. It is only looked at, so it need not be trusted. Problem: `probe/no-answer`. */
export function servedCertificate(host: string, port: number, timeoutMs: number): Promise<Result<Served>> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    })
    const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), timeoutMs)
    socket.once('secureConnect', () => {
      const shown = socket.getPeerX509Certificate()
      clearTimeout(timer)
      socket.destroy()
      if (shown === undefined) return resolve(fail(noAnswer('no certificate')))
      const { subject, validFrom, validTo } = shown
      resolve(ok({ subject, validFrom, validTo }))
    })
    socket.once('error', (error: Error) => {
      clearTimeout(timer)
      resolve(fail(noAnswer(error.message)))
    })
  })
}

function noAnswer(found: string) {
  return { code: 'probe/no-answer', what: 'No answer.', found }
}
