import {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  DescribeDocumentCommand,
  type DocumentFormat,
  type DocumentType,
  GetDocumentCommand,
  type SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from '@aws-sdk/client-ssm'
import { tagList, unlessGone } from './cloud.ts'
import type { Kind } from './kind.ts'
import { hasUnknown, objectOf, type Properties, same, textOf, written } from './values.ts'
import { retag, ssmTags } from './windows.ts'

/** aws:ssm/document:Document, here calendars alone. Sources: internal/service/ssm/document.go. */
export const document: Kind = {
  type: 'aws:ssm/document:Document',
  rules: {
    name: 'replaces', // ForceNew
    documentType: 'updates', // not ForceNew: only the content is sent
    documentFormat: 'updates', // not ForceNew
    content: 'updates',
    tags: 'updates',
  },
  required: ['name', 'documentType', 'content'],
  defaults: { documentFormat: 'JSON' },
  computed: ['arn', 'defaultVersion', 'latestVersion', 'documentVersion', 'hash', 'status', 'tagsAll'],
  name: 'name',
  refuses,
  async make({ ssm }, inputs) {
    const Name = textOf(inputs['name'])
    await ssm.send(
      new CreateDocumentCommand({
        Name,
        Content: textOf(inputs['content']),
        DocumentType: textOf(inputs['documentType']) as DocumentType,
        DocumentFormat: textOf(inputs['documentFormat']) as DocumentFormat,
        Tags: tagList(objectOf(inputs['tags'])),
      }),
    )
    return { id: Name ?? '' }
  },
  async read({ ssm, region }, Name) {
    const asked = ssm.send(new DescribeDocumentCommand({ Name }))
    const found = (await unlessGone(asked, 'InvalidDocument'))?.Document
    if (found === undefined) return null
    const { DocumentFormat: format } = found
    const { Content } = await ssm.send(
      new GetDocumentCommand({ Name, DocumentFormat: format, DocumentVersion: '$LATEST' }),
    )
    const tags = await ssmTags(ssm, 'Document', Name)
    return {
      name: Name,
      documentType: found.DocumentType ?? '',
      documentFormat: format ?? '',
      content: Content ?? '',
      tags,
      tagsAll: tags,
      arn: `arn:aws:ssm:${region}:${found.Owner ?? ''}:document/${Name}`,
      defaultVersion: found.DefaultVersion ?? '',
      latestVersion: found.LatestVersion ?? '',
      documentVersion: found.DocumentVersion ?? '',
      hash: found.Hash ?? '',
      status: found.Status ?? '',
    }
  },
  async change({ ssm }, Name, to, from) {
    if (!same(to['documentType'], from['documentType']))
      throw new Error('Systems Manager changes no type of a document')
    if (!same(to['content'], from['content']) || !same(to['documentFormat'], from['documentFormat'])) {
      const asked = ssm.send(
        new UpdateDocumentCommand({
          Name,
          Content: textOf(to['content']),
          DocumentFormat: textOf(to['documentFormat']) as DocumentFormat,
          DocumentVersion: '$LATEST',
        }),
      )
      // What was its content before is refused as such; the provider goes on with the newest one (document.go).
      const made = (await unlessGone(asked, 'DuplicateDocumentContent'))?.DocumentDescription
      const DocumentVersion = made?.DocumentVersion ?? (await latestOf(ssm, Name))
      await ssm.send(new UpdateDocumentDefaultVersionCommand({ Name, DocumentVersion }))
    }
    await retag(ssm, 'Document', Name, { from, to })
  },
  async remove({ ssm }, Name) {
    await unlessGone(ssm.send(new DeleteDocumentCommand({ Name })), 'InvalidDocument')
  },
}

async function latestOf(ssm: SSMClient, Name: string): Promise<string> {
  return (await ssm.send(new DescribeDocumentCommand({ Name }))).Document?.LatestVersion ?? ''
}

// API reference of CreateDocument, and the guide "Create a change calendar": moto knows nothing of calendars.
function refuses({ name, documentType, documentFormat, content }: Properties): string | undefined {
  const text = written(content)
  if (!hasUnknown(name) && !/^(?!aws-|amazon|amzn)[a-zA-Z0-9_.-]{3,128}$/.test(written(name)))
    return `Systems Manager takes no document of the name "${written(name)}" (ValidationException)`
  if (documentType !== 'ChangeCalendar')
    return `the lab's stand-in for AWS knows calendars alone, no document of type "${written(documentType)}"`
  if (documentFormat !== 'TEXT')
    return 'Systems Manager takes a calendar as TEXT alone (InvalidDocumentContent)'
  if (hasUnknown(content)) return undefined
  const isCalendar = text.startsWith('BEGIN:VCALENDAR') && text.trimEnd().endsWith('END:VCALENDAR')
  return isCalendar && /^PRODID:-\/\/AWS\/\/Change Calendar 1\.0\/\/EN\r?$/m.test(text)
    ? undefined
    : 'Systems Manager takes no such calendar: it is none of its own (InvalidDocumentContent)'
}
