/** What was not copied, with the reason. */
export class LeftOut {
  readonly list: { path: string; reason: string }[] = [];

  add(path: string, reason: string): void {
    this.list.push({ path, reason });
  }
}
