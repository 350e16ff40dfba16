import { ScError } from '../errors/error.ts';
import type { ImageListRequest } from '../schema/operations/image-list.ts';

/** `reference=`, `dangling=`, `label=`, `before=` and `since=`, as docker has them. Throws SC_USAGE. */
export function readImageFilters(filters: readonly string[]): ImageListRequest {
  const read: ImageListRequest = {};
  for (const filter of filters) {
    const [, key, value = ''] = /^(\w+)=(.+)$/s.exec(filter) ?? [];
    if (key === 'reference') read.references = [...(read.references ?? []), value];
    else if (key === 'label') read.labels = [...(read.labels ?? []), value];
    else if (key === 'before') read.before = value;
    else if (key === 'since') read.since = value;
    else if (key === 'dangling' && (value === 'true' || value === 'false')) read.dangling = value === 'true';
    else throw refusal(filter);
  }
  return read;
}

function refusal(filter: string): ScError {
  return new ScError('SC_USAGE', `--filter: found "${filter}"`, {
    hint: '--filter reference=PATTERN, dangling=true, dangling=false, label=KEY[=VALUE], before=IMAGE or since=IMAGE',
  });
}
