"""What the vendor adds to order entry. Its package adds a column to the orders (see `migration`)."""
from trytond.pool import PoolMeta


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @classmethod
    def create(cls, vlist):
        """References come from many hands: blanks are cut, also those inside."""
        vlist = [dict(values) for values in vlist]
        for values in vlist:
            if values.get('reference'):
                values['reference'] = ' '.join(values['reference'].split())
        return super().create(vlist)
