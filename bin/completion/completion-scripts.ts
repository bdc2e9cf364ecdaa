/**
 * Holds the scripts that a shell reads to complete `tokens`. Each asks `tokens completion --for`
 * for words.
 */
export const completionScripts = {
  bash: `_tokens() {
  local words
  words=$(tokens completion bash --for -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]#=}"))
}
complete -o default -F _tokens tokens`,
  zsh: `#compdef tokens
_tokens() {
  local -a found
  found=(\${(f)"$(tokens completion zsh --for -- "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)"})
  compadd -a found || _files
}
if [[ $funcstack[1] == _tokens ]]; then
  _tokens "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _tokens tokens
fi`,
  fish: `function __tokens_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (tokens completion fish --for -- $words[2..-1] 2>/dev/null </dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c tokens -f -a '(__tokens_complete)'`,
} as const;

export type Shell = keyof typeof completionScripts;

/** Returns whether there is a script for a shell of this name. */
export function isShell(name: string): name is Shell {
  return Object.hasOwn(completionScripts, name);
}
