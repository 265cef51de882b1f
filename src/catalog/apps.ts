// Which app a program is, told from its executable and the script it runs.

/** What an executable's base name (lower case, no `.exe`) says by itself. */
const byName = new Map<string, string>([
  ['claude', 'claude-code'],
  ['claude desktop', 'claude-desktop'],
  ['claude-desktop', 'claude-desktop'],
  ['codex', 'codex'],
  ['codex-cli', 'codex'],
  ['gemini', 'gemini-cli'],
  ['opencode', 'opencode'],
  ['crush', 'crush'],
  ['aider', 'aider'],
  ['goose', 'goose'],
  ['copilot', 'copilot-cli'],
  ['cursor', 'cursor'],
  ['cursor helper', 'cursor'],
  ['cursor-agent', 'cursor-cli'],
  ['windsurf', 'windsurf'],
  ['code', 'vscode'],
  ['code helper', 'vscode'],
  ['code - insiders', 'vscode'],
  ['code-insiders', 'vscode'],
  ['codium', 'vscodium'],
  ['vscodium', 'vscodium'],
  ['zed', 'zed'],
  ['zed-editor', 'zed'],
  ['chatgpt', 'chatgpt-desktop'],
  ['chrome', 'chrome'],
  ['google chrome', 'chrome'],
  ['google chrome helper', 'chrome'],
  ['chromium', 'chromium'],
  ['chromium-browser', 'chromium'],
  ['headless_shell', 'chromium'],
  ['chrome-headless-shell', 'chromium'],
  ['msedge', 'edge'],
  ['microsoft edge', 'edge'],
  ['microsoft edge helper', 'edge'],
  ['microsoft-edge', 'edge'],
  ['firefox', 'firefox'],
  ['firefox-esr', 'firefox'],
  ['firefox-bin', 'firefox'],
  ['safari', 'safari'],
  ['brave', 'brave'],
  ['brave browser', 'brave'],
  ['curl', 'curl'],
  ['wget', 'wget'],
  ['git-remote-http', 'git'],
  ['git-remote-https', 'git'],
  ['git', 'git'],
  ['ollama', 'ollama'],
  ['idea', 'jetbrains'],
  ['idea64', 'jetbrains'],
  ['pycharm', 'jetbrains'],
  ['pycharm64', 'jetbrains'],
  ['webstorm', 'jetbrains'],
  ['webstorm64', 'jetbrains'],
  ['goland', 'jetbrains'],
  ['goland64', 'jetbrains'],
  ['clion', 'jetbrains'],
  ['clion64', 'jetbrains'],
  ['phpstorm', 'jetbrains'],
  ['phpstorm64', 'jetbrains'],
  ['rubymine', 'jetbrains'],
  ['rubymine64', 'jetbrains'],
  ['rider', 'jetbrains'],
  ['rider64', 'jetbrains'],
  ['rustrover', 'jetbrains'],
  ['rustrover64', 'jetbrains'],
  ['datagrip', 'jetbrains'],
  ['datagrip64', 'jetbrains'],
]);

/** Programs that run others' scripts: the first argument that is no option says who it is. */
const interpreters = new Set(['node', 'nodejs', 'bun', 'deno', 'python', 'ruby', 'java', 'electron']);

/** Whether many programs go by this name: it tells who runs the script, not which. */
export const isInterpreter = (app: string): boolean => interpreters.has(app);

/** Where an executable or a script lies, when its base name alone is not telling (`/`-separated, lower case). */
const byPlace: readonly (readonly [RegExp, string])[] = [
  [/\/@anthropic-ai\/claude-code\/|\/claude-code\/(?:cli|bin)|\/share\/claude\/versions\/|\/bin\/claude$/, 'claude-code'],
  [/\/claude\.app\/|\/anthropicclaude\/|\/claude-desktop\/|\/windowsapps\/claude_/, 'claude-desktop'],
  [/\/@openai\/codex\/|\/@openai\/codex-|\/bin\/codex$/, 'codex'],
  [/\/@google\/gemini-cli\/|\/bin\/gemini$/, 'gemini-cli'],
  [/\/opencode-ai\/|\/bin\/opencode$/, 'opencode'],
  [/\/@github\/copilot\/|\/bin\/copilot$/, 'copilot-cli'],
  [/\/cursor-agent\/|\/bin\/cursor-agent$/, 'cursor-cli'],
  [/\/bin\/aider$/, 'aider'],
  [/\/chatgpt\.app\/|\/windowsapps\/openai\.chatgpt/, 'chatgpt-desktop'],
  [/\/cursor\.app\/|\/cursor\/cursor(?:\.exe)?$|\/\.cursor-server\//, 'cursor'],
  [/\/windsurf\.app\/|\/\.windsurf-server\//, 'windsurf'],
  [/\/visual studio code[^/]*\.app\/|\/microsoft vs code[^/]*\/|\/\.vscode-server[^/]*\/|\/share\/code[^/]*\//, 'vscode'],
  [/\/zed[^/]*\.app\/|\/libexec\/zed-editor$/, 'zed'],
  [/\/jetbrains\/|\/(?:intellij idea|pycharm|webstorm|goland|clion|phpstorm|rubymine|rider|rustrover|datagrip)[^/]*\.app\//, 'jetbrains'],
  [/\/google chrome[^/]*\.app\//, 'chrome'],
  [/\/chromium[^/]*\.app\/|\/lib\/chromium\//, 'chromium'],
  [/\/microsoft edge[^/]*\.app\//, 'edge'],
  [/\/firefox[^/]*\.app\//, 'firefox'],
];

const slashed = (path: string): string => path.replaceAll('\\', '/').toLowerCase();

/** Base name in lower case, without `.exe` and without the "(deleted)" Linux adds after an update. */
function baseName(path: string): string {
  const name = path.replace(/ \(deleted\)$/, '');
  return name.slice(name.lastIndexOf('/') + 1).replace(/\.exe$/, '');
}

function byPath(path: string): string | undefined {
  return byPlace.find(([pattern]) => pattern.test(path))?.[1];
}

/** `python3.12` and `python3` are Python; everything else is what it is called. */
function interpreterOf(name: string): string | undefined {
  const family = name.replace(/^(python|pypy|ruby|node)w?[\d.]*$/, '$1').replace('nodejs', 'node');
  return interpreters.has(family) ? family : undefined;
}

function scriptApp(commandLine: readonly string[]): string | undefined {
  const script = commandLine.slice(1).find((argument) => !argument.startsWith('-'));
  if (script === undefined) return undefined;
  const path = slashed(script);
  return byPath(path) ?? (path.includes('/bin/') ? byName.get(baseName(path)) : undefined);
}

/**
 * The catalog's id of the app, from the path of its executable and, where known, its command line (`argv`, program first).
 * A program the catalog does not know is called by its base name in lower case, without `.exe`.
 */
export function appOf(executable: string, commandLine: readonly string[] = []): string {
  const path = slashed(executable);
  const name = baseName(path);
  const interpreter = interpreterOf(name);
  if (interpreter !== undefined) return scriptApp(commandLine) ?? byPath(path) ?? interpreter;
  return byPath(path) ?? byName.get(name) ?? name;
}
