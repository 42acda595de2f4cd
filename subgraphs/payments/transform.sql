-- One payment per order. The amount is the order's; the rest is derived from the MD5 digest of the order number, so that
-- it looks like payments and is the same on every run and on every engine (DuckDB and PostgreSQL).

-- output: payments
with digest as (
  select order_id, customer_id, order_date, sales, md5(order_id) as hex
  from orders
),
drawn as (
  select
    order_id,
    customer_id,
    order_date,
    sales,
    -- Two hexadecimal digits each: 0 to 255.
    16 * strpos('123456789abcdef', substr(hex, 1, 1)) + strpos('123456789abcdef', substr(hex, 2, 1)) as for_method,
    16 * strpos('123456789abcdef', substr(hex, 3, 1)) + strpos('123456789abcdef', substr(hex, 4, 1)) as for_status,
    16 * strpos('123456789abcdef', substr(hex, 5, 1)) + strpos('123456789abcdef', substr(hex, 6, 1)) as for_time,
    -- One digit each: 0 to 15.
    strpos('123456789abcdef', substr(hex, 7, 1)) as for_invoice,
    strpos('123456789abcdef', substr(hex, 8, 1)) as for_reversal
  from digest
),
paid as (
  select
    order_id,
    customer_id,
    sales,
    -- Of 256: 148 cards, 52 wallets, 36 bank transfers, 20 invoices.
    case when for_method < 148 then 'card'
         when for_method < 200 then 'wallet'
         when for_method < 236 then 'bank_transfer'
         else 'invoice' end as method,
    -- Of 256: 8 refunds, 2 charge-backs.
    case when for_status < 8 then 'refunded'
         when for_status < 10 then 'charged_back'
         else 'paid' end as status,
    -- Every fifth minute from midnight to 21:15.
    cast(order_date as timestamp)
      + for_time * interval '5 minutes'
      + case when for_method >= 236 then 14 + for_invoice else 0 end * interval '1 day' as paid_at,
    (1 + for_reversal) * interval '1 day' as until_reversal
  from drawn
)
select
  'PAY-' || order_id as payment_id,
  order_id,
  customer_id,
  method,
  status,
  sales as amount,
  'USD' as currency,
  paid_at,
  case when status = 'paid' then null else paid_at + until_reversal end as reversed_at
from paid;
