import { visible } from '../errors/visible.ts';
import { writeFully } from '../linux/descriptor.ts';
import { windowSize } from '../linux/terminal.ts';
import type { ApplyView } from '../operations/apply.ts';
import type { Caller } from '../operations/caller.ts';
import type { Applied, AppliedDocument } from '../schema/answer.ts';
import type { Plan, PlanStep } from '../schema/plan.ts';
import { describeSummary, doneWords, phaseOf, secondsOf } from './apply-words.ts';
import { liveLines } from './live-view.ts';
import { ProgressView } from './progress-view.ts';

/** Milliseconds between two looks of who watches. */
const PAUSE = 100;

interface Active {
  title: string;
  isJob: boolean;
  phase: string;
  from: number;
}

/**
 * How far a file is applied, on the caller's stderr: a line for each document that was changed, and on a terminal below
 * them one for each that is worked on, with its phase and time. A Job has the terminal to itself: what is to be told is
 * told when it has ended. Where no Container is changed and nothing removed all is left to what Jobs write.
 */
export class DocumentsView implements ApplyView {
  readonly #caller: Caller;
  readonly #isLive: boolean;
  readonly #images: ProgressView;
  readonly #active = new Map<number, Active>();
  readonly #begun = performance.now();
  /** What is said while a Job has the terminal. */
  #held: string[] = [];
  #plan: Plan | undefined;
  #drawn = 0;
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(caller: Caller) {
    const { stderr, environment } = caller;
    this.#caller = caller;
    this.#isLive = stderr.terminal && environment.TERM !== 'dumb';
    this.#images = new ProgressView(caller);
  }

  /** The same caller, of whom nothing is written into the lines that are drawn. */
  get caller(): Caller {
    const tell = (words: string) => this.#tell(words);
    return Object.defineProperty(Object.create(this.#caller), 'tell', { value: tell, enumerable: true });
  }

  show(what: string, done: number, total?: number): void {
    this.#images.show(what, done, total);
  }

  close(): void {
    this.#images.close();
  }

  begin(plan: Plan): void {
    const changed = plan.documents.filter(({ change }) => change !== 'none');
    if (!changed.some(({ kind, change }) => kind === 'Container' || change === 'remove')) return;
    this.#plan = plan;
    this.#waiting = changed.length;
    if (!this.#isLive) return;
    this.#timer = setInterval(() => this.#draw(), PAUSE);
    this.#timer.unref();
  }

  step(index: number, step: PlanStep): void {
    this.#enter(index, phaseOf(step));
  }

  end(index: number, document: AppliedDocument): void {
    if (this.#plan === undefined) return;
    if (!this.#active.delete(index) && document.change !== 'none') this.#waiting -= 1;
    const words = doneWords(document);
    if (words !== undefined) this.#tell(words);
    this.#release();
  }

  wait(index: number): void {
    this.#enter(index, 'becomes healthy');
  }

  waited(index: number): void {
    this.#active.delete(index);
    this.#draw();
  }

  /** What has become of all of them. */
  finish(applied: Applied): void {
    clearInterval(this.#timer);
    this.#active.clear();
    this.#release();
    this.#erase();
    if (this.#plan === undefined) return;
    this.#tell(`sc: ${describeSummary(applied)} in ${secondsOf(performance.now() - this.#begun)}`);
  }

  #enter(index: number, phase: string): void {
    const document = this.#plan?.documents[index];
    if (document === undefined) return;
    const { kind, name } = document;
    const known = this.#active.get(index);
    if (known === undefined) this.#waiting = Math.max(0, this.#waiting - 1);
    const from = known?.from ?? performance.now();
    this.#active.set(index, { title: `${kind} "${visible(name)}"`, isJob: kind === 'Job', phase, from });
    if (this.#hasJob) this.#erase();
    else this.#draw();
  }

  get #hasJob(): boolean {
    return [...this.#active.values()].some(({ isJob }) => isJob);
  }

  #tell(words: string): void {
    if (this.#isLive && this.#hasJob) {
      this.#held.push(words);
      return;
    }
    this.#erase();
    this.#write(`${words}\n`);
    this.#draw();
  }

  #release(): void {
    if (this.#hasJob) return;
    const held = this.#held;
    this.#held = [];
    for (const words of held) this.#tell(words);
    this.#draw();
  }

  #draw(): void {
    if (!this.#isLive || this.#plan === undefined || this.#hasJob) return;
    const lines = [...this.#active.values()].map(
      ({ title, phase, from }) => `${title} ${phase}  ${secondsOf(performance.now() - from)}`,
    );
    this.#put(this.#waiting > 0 ? [`${this.#waiting} more to come`, ...lines] : lines);
  }

  #erase(): void {
    if (this.#drawn > 0) this.#put([]);
  }

  #put(lines: readonly string[]): void {
    if (lines.length === 0 && this.#drawn === 0) return;
    const { rows, columns } = windowSize(this.#caller.stderr.descriptor);
    // A terminal that nobody has measured says 0.
    const { text, count } = liveLines(lines, { rows: rows || 24, columns: columns || 80 }, this.#drawn);
    this.#drawn = count;
    this.#write(text);
  }

  /** Who no longer listens is no reason to leave a file half done. */
  #write(text: string): void {
    try {
      writeFully(this.#caller.stderr.descriptor, text);
    } catch {
      clearInterval(this.#timer);
    }
  }
}
