/** Variables of a compose file: those of the environment go before those of `.env`. */
export interface VariableValues {
  environment: { readonly [name: string]: string | undefined };
  dotenv: ReadonlyMap<string, string>;
}

type Part = string | Variable;

interface Variable {
  name: string;
  /** `:-`, `-`, `:?`, `?`, `:+`, `+`, or none. */
  operator: string;
  rest: Part[];
}

type Say = (message: string) => void;

/** Replaces the variables of texts, or writes them as a container file has them. */
export class Interpolation {
  readonly values: VariableValues;

  constructor(values: VariableValues) {
    this.values = values;
  }

  /** With the values of now; what is not set is empty, as compose has it. */
  now(text: string, say: Say): string {
    return this.#resolve(partsOf(text), say);
  }

  /**
   * In the words of a container file, where `${NAME}` and `${NAME:-default}` are variables and `$${` is a literal one.
   * What `.env` says becomes the default. What it cannot say is replaced by its value of now, which is said.
   */
  kept(text: string, say: Say): string {
    const parts = partsOf(text);
    const words = parts.map((part) => (typeof part === 'string' ? escaped(part) : this.#kept(part, say)));
    const isSayable = words.every(
      (word, index) => !word.endsWith('$') || !/^\$?\{/.test(words[index + 1] ?? ''),
    );
    if (isSayable) return words.join('');
    say('"$" in front of a variable cannot be said: the variable has the value that it has now');
    return escaped(this.#resolve(parts, say));
  }

  #kept(variable: Variable, say: Say): string {
    const { name, operator, rest } = variable;
    const inFile = this.values.dotenv.get(name);
    const fallback = inFile ?? (operator.endsWith('-') ? plain(rest) : undefined);
    const isPlain = fallback !== undefined && !/[{}]/.test(fallback);
    if (
      operator.endsWith('+') ||
      (operator.endsWith('-') && fallback === undefined) ||
      (inFile !== undefined && !isPlain)
    ) {
      say(`"\${${name}${operator}...}" cannot be said: it has the value that it has now`);
      return escaped(this.#resolve([variable], say));
    }
    if (fallback === undefined) return `\${${name}}`;
    if (!isPlain) return escaped(this.#resolve([variable], say));
    if (operator === '-') say(`where "${name}" is set and empty, its default is taken too`);
    return `\${${name}:-${fallback}}`;
  }

  #resolve(parts: readonly Part[], say: Say): string {
    return parts.map((part) => (typeof part === 'string' ? part : this.#valueOf(part, say))).join('');
  }

  #valueOf({ name, operator, rest }: Variable, say: Say): string {
    const value = this.values.environment[name] ?? this.values.dotenv.get(name);
    const isThere = value !== undefined && !(operator.startsWith(':') && value === '');
    if (operator.endsWith('+')) return isThere ? this.#resolve(rest, say) : '';
    if (isThere) return value;
    if (operator.endsWith('-')) return this.#resolve(rest, say);
    say(`variable "${name}" is not set, and the form of this value has to be known: it is empty`);
    return '';
  }
}

/** As a container file has what is no variable. */
function escaped(text: string): string {
  return text.replaceAll('${', () => '$${');
}

/** A default without variables in it. */
function plain(parts: readonly Part[]): string | undefined {
  return parts.every((part) => typeof part === 'string') ? parts.join('') : undefined;
}

/** Texts and variables, as the compose specification has them; `$$` is a literal `$`. */
function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let literal = '';
  const end = () => {
    if (literal !== '') parts.push(literal);
    literal = '';
  };
  for (let at = 0; at < text.length; at++) {
    const ahead = text.slice(at);
    const [bare, name] = /^\$([A-Za-z_]\w*)/.exec(ahead) ?? [];
    const braced = ahead.startsWith('${') ? bracedVariable(ahead) : undefined;
    if (ahead.startsWith('$$')) {
      literal += '$';
      at++;
    } else if (bare !== undefined && name !== undefined) {
      end();
      parts.push({ name, operator: '', rest: [] });
      at += bare.length - 1;
    } else if (braced !== undefined) {
      end();
      parts.push(braced.variable);
      at += braced.length - 1;
    } else literal += text[at];
  }
  end();
  return parts;
}

/** A `${...}` at the front of a text, whose default may have others in it. */
function bracedVariable(text: string): { variable: Variable; length: number } | undefined {
  let depth = 0;
  let length = 0;
  while (length < text.length) {
    if (text.startsWith('${', length)) depth++;
    else if (text[length] === '}' && --depth === 0) break;
    length++;
  }
  const [, name, operator = '', rest = ''] =
    /^([A-Za-z_]\w*)(?:(:?[-?+])(.*))?$/s.exec(text.slice(2, length)) ?? [];
  if (name === undefined || depth !== 0) return undefined;
  return { variable: { name, operator, rest: partsOf(rest) }, length: length + 1 };
}
