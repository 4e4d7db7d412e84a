import { fail, ok, type Result } from '../schemas/problem.ts'
import { sanitise } from './text.ts'

/** One mail in plain text, with a file beside it or not; `smtp` is an smtp:// or smtps:// address, `messageId` makes a repeated one the same. */
export type Mail = {
  readonly smtp: string
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly messageId: string
  /** A file beside the text; its content is sent as it is. */
  readonly attachment?: { readonly name: string; readonly type: string; readonly content: string }
  readonly logIn?: { readonly user: string; readonly password: string }
}

const limitMs = 10_000
const mostChars = 1_000_000

/** Hands a mail to its server within 10 seconds; else `mail/refused`, which names who did not get it. */
export async function sendMail(mail: Mail): Promise<Result<{ readonly refused: readonly string[] }>> {
  const { createTransport } = await import('nodemailer')
  const limits = { connectionTimeout: limitMs, greetingTimeout: limitMs, socketTimeout: limitMs }
  const transport = createTransport({
    url: mail.smtp,
    ...limits,
    ...(mail.logIn === undefined ? {} : { auth: { user: mail.logIn.user, pass: mail.logIn.password } }),
    // Without a log-in, smtp:// takes TLS where it is offered, as mail servers do among themselves (RFC 7435).
    tls: { rejectUnauthorized: mail.logIn !== undefined || mail.smtp.startsWith('smtps:') },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const expired = Promise.withResolvers<never>()
  const timer = setTimeout(() => expired.reject(new Error(`no answer in ${limitMs / 1000} s`)), limitMs)
  const message = {
    from: mail.from,
    // As objects: text would be read as a list, in which a comma begins another address.
    to: mail.to.map((address) => ({ name: '', address })),
    subject: sanitise(mail.subject.replaceAll(/[\r\n]+/g, ' '), 200),
    text: sanitise(mail.text, mostChars),
    messageId: mail.messageId,
    // RFC 3834: no program answers it.
    headers: { 'Auto-Submitted': 'auto-generated' },
    ...(mail.attachment === undefined ? {} : { attachments: [attached(mail.attachment)] }),
  }
  try {
    const sent = await Promise.race([transport.sendMail(message), expired.promise])
    return ok({ refused: sent.rejected })
  } catch (error) {
    return fail({
      code: 'mail/refused',
      what: `The mail to ${mail.to.join(', ')} was not taken.`,
      where: withoutPassword(mail.smtp),
      found: sanitise(error instanceof Error ? error.message : String(error), 300),
      fix: 'Check the mail server and the addresses in the estate file.',
    })
  } finally {
    clearTimeout(timer)
    transport.close()
  }
}

function attached({ name, type, content }: NonNullable<Mail['attachment']>) {
  return {
    filename: name,
    contentType: type,
    content,
    encoding: 'utf8',
    contentTransferEncoding: 'base64' as const,
  }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//')
}
