/** What custom pages do of their own: they count the applications that they are assigned to. */
import { customPages as contract } from '../../contracts/api/custom-pages.ts'
import { withExtra } from '../http/check.ts'
import { crud } from './crud.ts'

export const customPages = crud(contract, {
  view({ extra, ...known }, { account }) {
    const isAssigned = ({ custom_pages = [] }: { custom_pages?: readonly string[] | undefined }) =>
      custom_pages.includes(known.uid)
    const app_count = account.state.tables.applications.all().filter(isAssigned).length
    return withExtra({ ...known, app_count }, extra)
  },
})
