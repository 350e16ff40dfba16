import type { TarEntry } from '../tar/entry.ts';
import { TarWriter } from '../tar/writer.ts';

/** A member of an archive that is written: a directory, or a file with its bytes. */
export type Member =
  | { path: string; type: 'directory' }
  | { path: string; size: number; content: AsyncIterable<Buffer> | Iterable<Buffer> };

/**
 * A tar of such members, chunk by chunk. It tells of no time and no owner, so that the same image gives the same
 * bytes.
 */
export async function* tarOf(members: AsyncIterable<Member> | Iterable<Member>): AsyncGenerator<Buffer> {
  const writer = new TarWriter();
  for await (const member of members) {
    yield writer.begin(entryOf(member));
    if ('content' in member) for await (const chunk of member.content) yield writer.content(chunk);
    yield writer.end();
  }
  yield writer.finish();
}

function entryOf(member: Member): TarEntry {
  const isDirectory = 'type' in member;
  return {
    path: Buffer.from(member.path),
    type: isDirectory ? 'directory' : 'file',
    mode: isDirectory ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    mtime: 0n,
    size: isDirectory ? 0 : member.size,
    link: Buffer.alloc(0),
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: new Map(),
  };
}
