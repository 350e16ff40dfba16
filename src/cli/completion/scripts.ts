/**
 * What makes each shell ask `sc complete`, which knows commands, flags and names as they are now, so that a script is
 * never out of date. It is given the words up to the cursor and answers a candidate a line, a tab, and what it
 * is; a line with `:files` stands for the shell's own completion of files.
 */
export const scripts = {
  // Bash splits words at the colons of image names too; so the line is split anew, and of what is answered goes
  // what stands before the last colon already.
  bash: `_sc_complete() {
  local value prefix= words current=
  read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ \${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")
  current=\${words[-1]}
  [[ $current == *:* && $COMP_WORDBREAKS == *:* ]] && prefix=\${current%"\${current##*:}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    case $value in
      :files) compopt -o default ;;
      *:) compopt -o nospace; COMPREPLY+=("\${value#"$prefix"}") ;;
      *) COMPREPLY+=("\${value#"$prefix"}") ;;
    esac
  done < <("\${words[0]}" complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _sc_complete sc
`,
  zsh: `#compdef sc
_sc() {
  local value description files=
  local -a candidates
  while IFS=$'\\t' read -r value description; do
    case $value in
      :files) files=1 ;;
      *) candidates+=("\${value//:/\\\\:}:$description") ;;
    esac
  done < <("$words[1]" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#candidates )) && _describe sc candidates
  [[ -z $files ]] || _files
}
compdef _sc sc
`,
  fish: `function __sc_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] complete -- $words[2..-1] 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c sc -f -a '(__sc_complete)'
`,
} as const;

export type Shell = keyof typeof scripts;
