import { joinPath, parentPath } from '../../document/path.ts';
import type { SourceDocument } from '../../document/source-document.ts';
import type { Report } from '../report.ts';
import { reasons } from './reasons.ts';

/** A document of which each field is carried over, or named where it stands. */
export class Source {
  readonly #document: SourceDocument;
  readonly #report: Report;
  readonly #done = new Set(['apiVersion', 'kind', 'metadata.name']);

  constructor(document: SourceDocument, report: Report) {
    this.#document = document;
    this.#report = report;
  }

  /** The value, which is carried over with all that is in it. */
  take<Value>(path: string, value: Value): Value {
    this.#done.add(path);
    return value;
  }

  /** Says why a field does not come over, or not as it is; the empty path is the whole document. */
  note(path: string, message: string): void {
    this.#done.add(path);
    const { file } = this.#document;
    this.#report.note({ file, ...this.#document.locate(path), path }, message);
  }

  /** Names every field that nobody has asked for, so that none can be forgotten. */
  tellRest(): void {
    for (const leaf of leavesOf(this.#document.value, '')) {
      const above = fromInside(leaf);
      if (above.some((path) => this.#done.has(path))) continue;
      const known = above.find((path) => Object.hasOwn(reasons, fieldOf(path)));
      if (known === undefined) this.note(leaf, 'it has no counterpart');
      else this.note(known, reasons[fieldOf(known)] ?? '');
    }
  }
}

/** `ports: []` says nothing. */
function leavesOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]) => leavesOf(inner, joinPath(path, key)));
}

/** A path, what it is in, and so on. */
function fromInside(path: string): string[] {
  const above = parentPath(path);
  return above === undefined ? [path] : [path, ...fromInside(above)];
}

function fieldOf(path: string): string {
  return path.replace(/\[\d+\]/g, '[]');
}
