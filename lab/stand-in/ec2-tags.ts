import { CreateTagsCommand, DeleteTagsCommand, type ResourceType, type Tag } from '@aws-sdk/client-ec2'
import { type Cloud, tagList, tagRecord } from './cloud.ts'
import { objectOf, type Properties, same } from './values.ts'

/** Tags with which a thing of EC2 is made. */
export function taggedAs(ResourceType: ResourceType, inputs: Properties) {
  const Tags = tagList(objectOf(inputs['tags']))
  return Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType, Tags }] }
}

/** Tags of a thing of EC2, as programs say them. */
export function tagsFrom(tags: readonly Tag[] | undefined) {
  const said = tagRecord(tags?.map(({ Key, Value }) => ({ Key, Value })))
  return { tags: said, tagsAll: said }
}

/** Has the tags of a thing of EC2 as they are said. */
export async function retagged({ ec2 }: Cloud, id: string, to: Properties, from: Properties): Promise<void> {
  if (same(to['tags'], from['tags'])) return
  const [Tags, before] = [tagList(objectOf(to['tags'])), tagList(objectOf(from['tags']))]
  const gone = before.filter(({ Key }) => !Tags.some((one) => one.Key === Key)).map(({ Key }) => ({ Key }))
  if (gone.length > 0) await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: gone }))
  if (Tags.length > 0) await ec2.send(new CreateTagsCommand({ Resources: [id], Tags }))
}
