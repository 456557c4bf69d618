/** What the server says once it answers. The key is shown on the very first start only: nothing keeps it. */
export function welcome(options: {
  address: string;
  firstStart: boolean;
  generatedKey: string | undefined;
  dataFolder: string;
}): string {
  const { address, firstStart, generatedKey, dataFolder } = options;
  const lines = [`Weighhouse is ready at ${address}`, ''];
  if (generatedKey !== undefined) {
    lines.push(
      'To point any wandb script at it:',
      '',
      `  export WANDB_BASE_URL=${address}`,
      `  export WANDB_API_KEY=${generatedKey}`,
      '',
      'The key is shown this once; keep it. It belongs to the user "admin".',
    );
  } else {
    const key = firstStart ? '$WEIGHHOUSE_BOOTSTRAP_API_KEY' : '<your API key>';
    lines.push(
      'To point any wandb script at it:',
      '',
      `  export WANDB_BASE_URL=${address}`,
      `  export WANDB_API_KEY=${key}`,
    );
  }
  lines.push('', `Data: ${dataFolder}    API: ${address}/api/docs    Stop: Ctrl+C`);
  const rule = '─'.repeat(72);
  return `${rule}\n${lines.map(line => (line === '' ? '' : ` ${line}`)).join('\n')}\n${rule}\n`;
}
