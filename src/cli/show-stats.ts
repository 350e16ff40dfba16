import { visibleJson, visibleLines } from '../errors/visible.ts';
import { isErrno } from '../linux/descriptor.ts';
import { parseSignal } from '../linux/signals.ts';
import { windowSize } from '../linux/terminal.ts';
import type { Caller } from '../operations/caller.ts';
import { listenForEnd } from '../operations/interruption.ts';
import type { Settings } from '../operations/settings.ts';
import { stats } from '../operations/stats.ts';
import { writeAll } from '../operations/write-all.ts';
import type { StatsRequest } from '../schema/operations/stats.ts';
import { describeStats } from './describe-stats.ts';
import { liveView } from './live-view.ts';

/** Prints each look at containers until there are none of them any more, or nobody reads. Answers the exit code. */
export async function showStats(
  request: StatsRequest,
  { json }: { json: boolean },
  settings: Settings,
  caller: Caller,
): Promise<number> {
  const { descriptor, terminal } = caller.stdout;
  const isLive = terminal && !json && !request.once;
  const interruption = listenForEnd(caller);
  let count = 0;
  try {
    for await (const result of stats(request, settings, interruption.abort)) {
      const words = json ? `${visibleJson(result)}\n` : `${visibleLines(describeStats(result))}\n`;
      const text = isLive ? liveView(words, windowSize(descriptor), count === 0) : words;
      count += 1;
      await writeAll(descriptor, Buffer.from(text));
    }
  } catch (error) {
    // Who reads has read enough, or its terminal is gone.
    if (!isErrno(error, 'EPIPE') && !isErrno(error, 'EIO')) throw error;
  } finally {
    interruption.stop();
  }
  const signal = interruption.signal();
  return signal === undefined ? 0 : 128 + parseSignal(signal);
}
