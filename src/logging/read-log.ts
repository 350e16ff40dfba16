import { logStreams } from './layout.ts';
import { type ChunkOptions, readChunks } from './read-chunks.ts';
import { type Piece, RecordCutter } from './record-cutter.ts';

/**
 * What a container has written, cut into records: those that were begun in the time from `since` to `until`,
 * whole. Several pieces at once; the bytes of all of them together, in their order, are what each stream got.
 * With `follow` it ends at `until` too.
 */
export async function* readLog(directory: string, options: ChunkOptions): AsyncGenerator<Piece[]> {
  const { streams, since, until, follow } = options;
  const cutters = new Map(streams.map((stream) => [stream, new RecordCutter(stream)]));
  const endAll = () => [...cutters.values()].flatMap((cutter) => cutter.end());
  const isWanted = ({ time }: Piece) =>
    (since === undefined || time >= since) && (until === undefined || time <= until);
  const untilThen = follow && until !== undefined ? { follow: endingAt(follow, until) } : {};
  for await (const chunks of readChunks(directory, { ...options, ...untilThen })) {
    const pieces: Piece[] = [];
    for (const { stream, time, bytes } of chunks) {
      const isPast = until !== undefined && time > until;
      if (stream === logStreams.mark) pieces.push(...endAll());
      else if (!isPast || isBefore(cutters.get(stream), until))
        pieces.push(...(cutters.get(stream)?.cut(bytes, time) ?? []));
      if (isPast && ![...cutters.values()].some((cutter) => isBefore(cutter, until))) {
        yield pieces.filter(isWanted);
        return;
      }
    }
    yield pieces.filter(isWanted);
  }
  yield endAll().filter(isWanted);
}

/** Whether a record is open that was begun before the end of the time, and so belongs to it. */
function isBefore(cutter: RecordCutter | undefined, until: bigint): boolean {
  return cutter?.openSince !== undefined && cutter.openSince <= until;
}

function endingAt(follow: NonNullable<ChunkOptions['follow']>, until: bigint): typeof follow {
  const isPast = () => BigInt(Date.now()) * 1_000_000n > until;
  return { ...follow, isOver: async () => isPast() || (await follow.isOver()) };
}
