import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

const noClasses = {
  selector: 'ClassDeclaration:not([superClass.property.name="ComponentResource"])',
  message: 'no classes but Pulumi components (docs/decisions); use a function that returns an object',
}
const noDefaultExport = { selector: 'ExportDefaultDeclaration', message: 'named exports only' }
const noEnum = { selector: 'TSEnumDeclaration', message: 'no enums: a union of literals' }

export default defineConfig(
  { ignores: ['node_modules/', '**/*.schema.json'] },
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js'] } } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': ['error', noClasses, noDefaultExport, noEnum],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-restricted-syntax': 'off' },
  },
  { files: ['test/**'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
)
