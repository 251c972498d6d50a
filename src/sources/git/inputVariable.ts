/** Names the file that the launcher passes to git as its input. In a separate file, so that the launcher stays small. */
export const inputVariable = 'CODEAGENT_GIT_INPUT';
