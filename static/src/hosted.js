// The hosted pages work without this file; with it they are a little kinder.
//   [data-show-password="ID"]  a button that shows and hides the field ID, and
//                              is pressed while it shows
//   form                       is sent once, however often it is clicked
//   time[data-local]           is written in the reader's own time zone
//   [data-copy], [data-copy-from="ID"]   copies a text; data-copied is said then
//   [data-autosubmit]          a select that sends its form when it changes
//   [data-send]                a form that is sent at once
//   [data-when-loaded]         a link that is followed once all frames are there
//   [data-focus]               gets the focus: the summary of what went wrong
(() => {
  'use strict'

  const all = (selector, within = document) => within.querySelectorAll(selector)

  document.documentElement.classList.add('has-script')
  for (const element of all('[data-needs-script][hidden]')) element.hidden = false

  document.addEventListener('click', event => {
    const button = event.target.closest('[data-show-password]')
    if (!button) return
    const field = document.getElementById(button.dataset.showPassword)
    if (!field) return
    const show = field.type === 'password'
    field.type = show ? 'text' : 'password'
    button.setAttribute('aria-pressed', String(show))
    field.focus()
  })

  document.addEventListener('click', async event => {
    const button = event.target.closest('[data-copy], [data-copy-from]')
    if (!button) return
    const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom)
    try {
      await navigator.clipboard.writeText(source ? source.textContent.trim() : button.dataset.copy)
    } catch {
      return
    }
    const said = button.textContent
    if (!button.dataset.copied || said === button.dataset.copied) return
    button.textContent = button.dataset.copied
    setTimeout(() => { button.textContent = said }, 2000)
  })

  document.addEventListener('change', event => {
    const select = event.target.closest('[data-autosubmit]')
    if (select && select.form) select.form.requestSubmit()
  })

  // A password must not travel in the clear because its field was showing.
  document.addEventListener('submit', event => {
    const form = event.target
    if (form.dataset.sent) {
      event.preventDefault()
      return
    }
    form.dataset.sent = 'yes'
    for (const button of all('[data-show-password][aria-pressed="true"]', form)) {
      const field = document.getElementById(button.dataset.showPassword)
      if (field) field.type = 'password'
      button.setAttribute('aria-pressed', 'false')
    }
    const pressed = event.submitter
    if (pressed) pressed.setAttribute('aria-busy', 'true')
  })

  // Back may bring the page as it was left: it can be sent again.
  addEventListener('pageshow', () => {
    for (const form of all('form[data-sent]')) delete form.dataset.sent
    for (const button of all('[aria-busy="true"]')) button.removeAttribute('aria-busy')
  })

  for (const element of all('time[data-local][datetime]')) {
    const at = new Date(element.dateTime)
    if (isNaN(at)) continue
    element.title = element.textContent
    element.textContent = new Intl.DateTimeFormat(document.documentElement.lang || undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(at)
  }

  const ready = document.querySelector('form[data-send]')
  if (ready) ready.requestSubmit()

  const onward = document.querySelector('a[data-when-loaded]')
  if (onward) addEventListener('load', () => onward.click())

  const first = document.querySelector('[data-focus]')
  if (first) first.focus()
})()
