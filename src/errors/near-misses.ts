/**
 * The known names that `found` is most likely to have been meant for: those nearest to it, at most a third
 * of its letters wrong, missing, too many or swapped. Case does not count.
 */
export function nearMisses(found: string, known: Iterable<string>): string[] {
  let nearest = Math.max(1, Math.floor(found.length / 3));
  let names: string[] = [];
  for (const name of known) {
    const distance = editDistance(found.toLowerCase(), name.toLowerCase());
    if (distance > nearest) continue;
    if (distance < nearest) names = [];
    nearest = distance;
    names.push(name);
  }
  return names;
}

/** The end of an error's sentence, or nothing: `; did you mean SIGTERM or SIGTRAP`. */
export function didYouMean(found: string, known: Iterable<string>): string {
  const names = nearMisses(found, known);
  return names.length === 0 ? '' : `; did you mean ${names.join(' or ')}`;
}

/** Edits from one word to the other, where two swapped neighbours are one edit (optimal string alignment). */
function editDistance(left: string, right: string): number {
  const rows: number[][] = [];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 0; row <= left.length; row++) {
    rows.push([]);
    for (let column = 0; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const distance =
        row === 0 || column === 0
          ? row + column
          : Math.min(
              at(row - 1, column) + 1,
              at(row, column - 1) + 1,
              at(row - 1, column - 1) + (same ? 0 : 1),
              swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
            );
      rows[row]?.push(distance);
    }
  }
  return at(left.length, right.length);
}
