/** Names the file that the launcher gives git as its input. In a file of its own, so that the launcher stays small. */
export const inputVariable = 'CODEAGENT_GIT_INPUT';
