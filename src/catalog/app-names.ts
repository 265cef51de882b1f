// What the apps of the catalog are called by people, and which of them are there to speak to AI.

interface NamedApp {
  readonly name: string;
  /** Worth looking for on the machine; browsers and transfer tools appear in the list of apps by their traffic alone. */
  readonly isAiApp: boolean;
}

const ai = (name: string): NamedApp => ({ name, isAiApp: true });
const other = (name: string): NamedApp => ({ name, isAiApp: false });

export const namedApps: ReadonlyMap<string, NamedApp> = new Map([
  ['claude-code', ai('Claude Code')],
  ['claude-desktop', ai('Claude Desktop')],
  ['codex', ai('Codex CLI')],
  ['gemini-cli', ai('Gemini CLI')],
  ['opencode', ai('OpenCode')],
  ['crush', ai('Crush')],
  ['aider', ai('Aider')],
  ['goose', ai('Goose')],
  ['copilot-cli', ai('GitHub Copilot CLI')],
  ['cursor', ai('Cursor')],
  ['cursor-cli', ai('Cursor CLI')],
  ['windsurf', ai('Windsurf')],
  ['vscode', ai('Visual Studio Code')],
  ['vscodium', ai('VSCodium')],
  ['zed', ai('Zed')],
  ['chatgpt-desktop', ai('ChatGPT')],
  ['jetbrains', ai('JetBrains IDE')],
  ['ollama', ai('Ollama')],
  ['copilot-editor', ai('GitHub Copilot in an editor')],
  ['continue', ai('Continue in an editor')],
  ['cline', ai('Cline in an editor')],
  ['roo-code', ai('Roo Code in an editor')],
  ['gemini-editor', ai('Gemini Code Assist in an editor')],
  ['chrome', other('Google Chrome')],
  ['chromium', other('Chromium')],
  ['edge', other('Microsoft Edge')],
  ['firefox', other('Firefox')],
  ['safari', other('Safari')],
  ['brave', other('Brave')],
  ['curl', other('curl')],
  ['wget', other('Wget')],
  ['git', other('Git')],
  ['node', other('A program on Node.js')],
  ['python', other('A Python program')],
]);
