import type { TarSink } from '../../image/tar/entry.ts';

/** How much went through sinks. */
export class Count {
  entries = 0;
  bytes = 0;

  /** The same sink, counted. */
  of(sink: TarSink): TarSink {
    return {
      entry: (entry) => {
        sink.entry(entry);
        this.entries += 1;
      },
      data: (bytes, offset) => {
        sink.data(bytes, offset);
        this.bytes += bytes.length;
      },
      end: () => sink.end(),
    };
  }
}
