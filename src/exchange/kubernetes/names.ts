/** Characters of a label of DNS. */
export const LONGEST = 63;

/**
 * What containers or volumes are called in a cluster: labels of DNS that begin with a letter (RFC 1035), as Services
 * want them. A name that is one already stays; of others no two become the same.
 */
export class Names {
  readonly #names = new Map<string, string>();

  constructor(names: readonly string[]) {
    const staying = names.filter((name) => fitting(name) === name);
    for (const name of [...staying, ...names]) if (!this.#names.has(name)) this.#add(name);
  }

  of(name: string): string {
    return this.#names.get(name) ?? fitting(name);
  }

  #add(name: string): void {
    const taken = new Set(this.#names.values());
    const wanted = fitting(name);
    let free = wanted;
    for (let count = 2; taken.has(free); count++) free = `${wanted.slice(0, LONGEST - 5)}-${count}`;
    this.#names.set(name, free);
  }
}

/** The nearest label of DNS. */
function fitting(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
  const label = /^[a-z]/.test(plain) ? plain : `n-${plain.replace(/^-+/, '')}`;
  return label.slice(0, LONGEST).replace(/-+$/, '');
}
