import type { Problem } from '../errors/problem.ts';
import type { Complaint, Finding } from './finding.ts';
import type { Places } from './places.ts';

/** One document of a file as plain values, with what is wrong with it so far. */
export class ParsedDocument {
  value: unknown = null;
  /** Paths of scalars without quotes that were one variable and nothing else. */
  variablePaths: ReadonlySet<string> = new Set();
  /** Whether its values are all there, so that more can be said of them. */
  isWhole = false;
  readonly problems: Problem[] = [];
  readonly places: Places;
  readonly file: string;

  constructor(file: string, places: Places) {
    this.file = file;
    this.places = places;
  }

  /** Adds findings, but for those about a value of which something has been said before. */
  add(findings: readonly Finding[]): void {
    const said = new Set(this.problems.map(({ path }) => path).filter((path) => path !== ''));
    for (const { atKey = false, ...finding } of findings) {
      if (said.has(finding.path)) continue;
      const place = atKey ? this.places.ofKey(finding.path) : this.places.ofValue(finding.path);
      this.problems.push({ file: this.file, ...place, ...finding });
    }
  }

  addAt(offset: number, path: string, complaint: Complaint): void {
    this.problems.push({ file: this.file, ...this.places.ofOffset(offset), path, ...complaint });
  }
}
