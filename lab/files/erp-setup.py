"""Makes an empty Tryton database `erp` usable: a currency, a company, the user that works for it, customers."""
from decimal import Decimal

from trytond.config import config

config.update_etc('/etc/tryton/trytond.conf')

from trytond.pool import Pool  # noqa: E402
from trytond.transaction import Transaction  # noqa: E402

Pool.start()
pool = Pool('erp')
pool.init()

with Transaction().start('erp', 1, context={'language': 'en'}) as transaction:
    currency, = pool.get('currency.currency').create([{
        'name': 'Renminbi', 'code': 'CNY', 'numeric_code': '156', 'symbol': '¥', 'digits': 2,
        'rounding': Decimal('0.01'), 'rates': [('create', [{'rate': Decimal(1)}])]}])
    Party = pool.get('party.party')
    head, = Party.create([{
        'name': 'Lab Trading Co.',
        'addresses': [('create', [{'name': 'Head office', 'city': 'Shanghai'}])]}])
    company, = pool.get('company.company').create([{'party': head.id, 'currency': currency.id}])
    admin = pool.get('res.user')(1)
    admin.companies = [company]
    admin.company = company
    admin.save()
    Party.create([{'name': 'Customer %02d' % number, 'addresses': [('create', [{'city': 'Suzhou'}])]}
        for number in range(1, 6)])
    transaction.commit()
