// The console works without this file; with it, it is quicker to the hand. It
// is loaded before htmx, because it lets htmx read the fragments of our own
// origin under Trusted Types.
//   form                      is sent once; data-savebar shows what changed
//   time[data-local]          is written in the reader's time zone, UTC on hover
//   [data-copy], [data-copy-from="ID"], data-copied   copies a text
//   [data-show-password="ID"] shows and hides a field
//   [data-search]             gets the focus on Ctrl+K, Cmd+K or /
//   [data-theme-set]          light, dark or auto: shown at once, and saved by its
//                             form; html[data-theme-saved] is what was saved
//   details[data-menu]        closes on Escape and on a click elsewhere
//   [data-dialog="ID"], [data-dialog-close]   opens and closes a dialog
//   [data-autosubmit]         sends its form when it changes
//   [data-check-all="NAME"]   ticks all boxes of that name; [data-check-bar]
//                             shows while any is ticked, [data-check-count] counts
//   [data-chart="ID"]         draws the JSON of script ID with uPlot
//   [data-mirror="ID"]        keeps two inputs equal: a colour and its text
;(() => {
  'use strict'

  const root = document.documentElement
  const all = (selector, within = document) => [...within.querySelectorAll(selector)]
  const byId = id => document.getElementById(id)

  // htmx and idiomorph parse HTML that came from our own origin; scripts and
  // script addresses stay forbidden, since the policy makes none.
  if (window.trustedTypes && !window.trustedTypes.defaultPolicy) {
    window.trustedTypes.createPolicy('default', { createHTML: html => html })
  }

  root.classList.add('has-script')

  // Theme. The server remembers the choice (data-theme-saved); what it cannot
  // know is whether the device is dark.
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const showTheme = () => {
    const choice = root.dataset.themeSaved || 'auto'
    root.dataset.bsTheme = choice === 'auto' ? (dark.matches ? 'dark' : 'light') : choice
    for (const button of all('[data-theme-set]')) button.setAttribute('aria-pressed', String(button.dataset.themeSet === choice))
  }
  const chooseTheme = choice => {
    root.dataset.themeSaved = choice
    showTheme()
  }
  dark.addEventListener('change', showTheme)
  showTheme()

  // Time.
  const localTimes = within => {
    const write = new Intl.DateTimeFormat(root.lang || undefined, { dateStyle: 'medium', timeStyle: 'medium' })
    for (const element of all('time[data-local][datetime]', within)) {
      const at = new Date(element.dateTime)
      if (element.dataset.done === element.dateTime || isNaN(at)) continue
      element.dataset.done = element.dateTime
      element.title = at.toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC')
      element.textContent = write.format(at)
    }
  }

  // Copying.
  const copy = async button => {
    const source = button.dataset.copyFrom && byId(button.dataset.copyFrom)
    const text = source ? (source.value ?? source.textContent).trim() : button.dataset.copy
    try { await navigator.clipboard.writeText(text) } catch { return }
    const word = button.querySelector('[data-copy-word]') || (button.children.length ? null : button)
    button.classList.add('copied')
    const said = word && word.textContent
    if (word && button.dataset.copied) word.textContent = button.dataset.copied
    setTimeout(() => {
      button.classList.remove('copied')
      if (word) word.textContent = said
    }, 2000)
  }

  const togglePassword = button => {
    const field = byId(button.dataset.showPassword)
    if (!field) return
    field.type = field.type === 'password' ? 'text' : 'password'
    button.setAttribute('aria-pressed', String(field.type === 'text'))
    field.focus()
  }

  // Lists with boxes.
  const countChecks = form => {
    const ticked = all('input[type=checkbox][data-check]:checked', form).length
    for (const bar of all('[data-check-bar]', form)) bar.hidden = ticked === 0
    for (const count of all('[data-check-count]', form)) count.textContent = String(ticked)
  }

  // The save bar counts the fields that differ from what the server sent.
  const changed = field => {
    if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked
    if (field.options) return [...field.options].some(option => option.selected !== option.defaultSelected)
    return field.value !== field.defaultValue
  }
  const countChanges = form => {
    const labels = [...form.elements].filter(field => field.name && field.type !== 'hidden' && changed(field))
      .map(field => (field.labels && field.labels[0] ? field.labels[0].textContent.trim() : field.name))
    for (const bar of all('[data-changes]', form)) bar.textContent = [...new Set(labels)].join(', ')
    form.classList.toggle('is-changed', labels.length > 0)
  }

  // Charts: {"x": [unix seconds], "series": [{"label", "values", "colour"}]}.
  const drawChart = holder => {
    const data = byId(holder.dataset.chart)
    if (!window.uPlot || !data || holder.classList.contains('drawn')) return
    const { x, series } = JSON.parse(data.textContent)
    const style = getComputedStyle(root)
    const ink = style.getPropertyValue('--tblr-secondary-color').trim() || '#545e6e'
    const grid = { stroke: style.getPropertyValue('--tblr-border-color').trim() || '#ddd', width: 1 }
    const size = () => ({ width: holder.clientWidth || 600, height: Math.max(200, Math.min(280, holder.clientWidth / 2)) })
    const colours = ['#2f6fed', '#d14343', '#2b8a57', '#b7791f']
    const plot = new window.uPlot({
      ...size(),
      series: [{}, ...series.map((line, i) => ({ label: line.label, stroke: line.colour || colours[i % 4], width: 2, points: { show: x.length < 60 } }))],
      axes: [{ stroke: ink, grid }, { stroke: ink, grid }],
    }, [x, ...series.map(line => line.values)], holder)
    holder.classList.add('drawn')
    new ResizeObserver(() => plot.setSize(size())).observe(holder)
  }

  const clicks = {
    '[data-copy], [data-copy-from]': copy,
    '[data-show-password]': togglePassword,
    '[data-theme-set]': button => chooseTheme(button.dataset.themeSet),
    '[data-dialog]': button => byId(button.dataset.dialog)?.showModal(),
    '[data-dialog-close]': button => button.closest('dialog')?.close(),
  }

  document.addEventListener('click', event => {
    for (const menu of all('details[data-menu][open]')) {
      if (!menu.contains(event.target)) menu.open = false
    }
    for (const [selector, act] of Object.entries(clicks)) {
      const target = event.target.closest(selector)
      if (!target) continue
      if (target.tagName === 'A' || target.dataset.dialog || 'dialogClose' in target.dataset) event.preventDefault()
      act(target)
    }
  })

  document.addEventListener('input', event => {
    const { mirror } = event.target.dataset
    if (mirror && byId(mirror) && (event.target.type !== 'text' || /^#[0-9a-f]{6}$/i.test(event.target.value))) {
      byId(mirror).value = event.target.value
    }
    const form = event.target.form
    if (form && 'savebar' in form.dataset) countChanges(form)
  })

  document.addEventListener('change', event => {
    const box = event.target
    if (box.dataset.checkAll && box.form) {
      for (const one of all(`input[type=checkbox][name="${CSS.escape(box.dataset.checkAll)}"]`, box.form)) one.checked = box.checked
    }
    if (box.form) countChecks(box.form)
    if ('autosubmit' in box.dataset && box.form) box.form.requestSubmit()
  })

  document.addEventListener('reset', event => setTimeout(() => countChanges(event.target)))

  document.addEventListener('keydown', event => {
    const typing = event.target.closest('input, textarea, select, [contenteditable]')
    const wanted = (event.key === 'k' && (event.ctrlKey || event.metaKey)) || (event.key === '/' && !typing)
    const search = document.querySelector('[data-search]')
    if (wanted && search) {
      event.preventDefault()
      search.focus()
      search.select()
    }
    if (event.key === 'Escape') {
      for (const menu of all('details[data-menu][open]')) {
        menu.open = false
        menu.querySelector('summary').focus()
      }
    }
  })

  document.addEventListener('submit', event => {
    const form = event.target
    if (form.method !== 'post' || form.matches('[hx-post], [hx-get], [hx-put], [hx-delete]')) return
    if (form.dataset.sent) {
      event.preventDefault()
      return
    }
    form.dataset.sent = 'yes'
    event.submitter?.setAttribute('aria-busy', 'true')
  })

  addEventListener('pageshow', () => {
    for (const form of all('form[data-sent]')) delete form.dataset.sent
    for (const button of all('[aria-busy="true"]')) button.removeAttribute('aria-busy')
  })

  const improve = within => {
    localTimes(within)
    for (const holder of all('[data-chart]', within)) drawChart(holder)
    for (const element of all('[data-focus]', within)) element.focus()
  }
  document.addEventListener('DOMContentLoaded', () => {
    showTheme()
    improve(document)
  })
  document.addEventListener('htmx:load', event => improve(event.target))
})()
