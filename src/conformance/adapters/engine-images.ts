import { statSync } from 'node:fs';
import { execa } from 'execa';
import { type EngineProgram, refusalOf } from './engine-program.ts';
import { Refusal } from './serve.ts';

/** The images that root filesystems of an attempt have become. */
export class EngineImages {
  readonly #program: EngineProgram;
  readonly #made = new Map<string, Promise<string>>();

  constructor(program: EngineProgram) {
    this.#program = program;
  }

  /** Name of the image that a root filesystem has become, or that is said. */
  nameOf(image: string): Promise<string> | string {
    if (!image.startsWith('/')) return image;
    const made = this.#made.get(image) ?? this.#import(image);
    this.#made.set(image, made);
    return made;
  }

  /** Those of an attempt before say nothing of the next. */
  forget(): void {
    this.#made.clear();
  }

  async remove(): Promise<void> {
    const images = await this.#program.call('images', '--format', '{{.Repository}}:{{.Tag}}');
    for (const image of images.split('\n'))
      if (image.includes(this.#program.token)) await this.#program.succeed('rmi', '--force', image);
  }

  async #import(directory: string): Promise<string> {
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory())
      throw new Refusal('not-found', `"${directory}" is no directory`);
    const name = `${this.#program.own}:${this.#made.size + 1}`;
    const script = 'directory=$1; shift; tar -C "$directory" -cf - . | "$@"';
    const words = this.#program.argv('import', '-', name);
    const { exitCode = 255, stderr } = await execa('sh', ['-c', script, 'sh', directory, ...words], {
      ...{ stdin: 'ignore', reject: false },
    });
    if (exitCode !== 0) throw refusalOf(stderr, exitCode);
    return name;
  }
}
