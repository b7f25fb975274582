"""Small logs in the shapes of several vendors' tills, written for these tests; and the reader on a file in memory."""

import os
from dataclasses import dataclass, field
from typing import Any

from regulars.kernel import US_LAYOUTS
from regulars.poslog import Decision, Fault, OtherKind, PoslogParser, decide

ARTS = 'xmlns="http://www.nrf-arts.org/IXRetail/namespace/"'


@dataclass
class Read:
    """What a text comes to."""

    records: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def decisions(self) -> list[Decision]:
        return [decide(record, US_LAYOUTS) for record in self.records]

    @property
    def sales(self) -> list[Decision]:
        return [one for one in self.decisions if one.other is None]

    @property
    def others(self) -> list[OtherKind]:
        return [one.other for one in self.decisions if one.other is not None]

    @property
    def lines(self) -> list[tuple[str, int | str, int | str]]:
        return [(line.product, line.quantity_milli, line.amount_cents) for one in self.sales for line in one.lines]


def read(text: str | bytes) -> Read:
    found = Read()
    descriptor = os.memfd_create("log")
    try:
        os.write(descriptor, text.encode() if isinstance(text, str) else text)
        PoslogParser(descriptor, found.records.append, found.faults.append).run()
    finally:
        os.close(descriptor)
    return found


def log(*transactions: str, root: str = f"<POSLog {ARTS}>") -> str:
    name = root[1:].split()[0].rstrip(">")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n' + "\n".join(transactions) + f"\n</{name}>\n"


def sale(
    code: str = "042100005264", cents: int = 349, quantity: str = "1", *, more: str = "", kind: str = "Sale"
) -> str:
    """One item as POSLog 2.x and 6.0 both write it."""
    return (
        f"<{kind}><POSIdentity><POSItemID>{code}</POSItemID></POSIdentity><ExtendedAmount>{cents / 100:.2f}"
        f"</ExtendedAmount><Quantity>{quantity}</Quantity>{more}</{kind}>"
    )


def item(number: int, inner: str, flags: str = "") -> str:
    return f"<LineItem{flags and ' ' + flags}><SequenceNumber>{number}</SequenceNumber>{inner}</LineItem>"


def total(kind: str, cents: int) -> str:
    return f'<Total TotalType="{kind}">{cents / 100:.2f}</Total>'


def retail(*inner: str, number: int = 1, flags: str = "", status: str = "", more: str = "") -> str:
    """A transaction of POSLog 2.x."""
    stated = f' TransactionStatus="{status}"' if status else ""
    return (
        f"<Transaction{flags and ' ' + flags}><RetailStoreID>9</RetailStoreID><WorkstationID>3</WorkstationID>"
        f"<SequenceNumber>{number}</SequenceNumber><BusinessDayDate>2017-10-01</BusinessDayDate>"
        f"<EndDateTime>2017-10-01T15:15:25</EndDateTime>{more}"
        f"<RetailTransaction{stated}>{''.join(inner)}</RetailTransaction></Transaction>"
    )


# Shape of NCR's ACS, POSLog 2.1: everything on one line, a membership in the vendor's namespace, rewards twice.
NCR = (
    f'<POSLog xmlns:poslog="http://www.nrf-arts.org/IXRetail/namespace/" {ARTS} '
    'xmlns:acs="http://www.ncr.com/rsd/acs/tlog/markup/poslog/2.1"> '
    "<Transaction><RetailStoreID>7</RetailStoreID><WorkstationID>34</WorkstationID><SequenceNumber>160</SequenceNumber>"
    "<BusinessDayDate>2019-03-02</BusinessDayDate><EndDateTime>2019-03-03T00:01:31</EndDateTime>"
    '<ControlTransaction Version="2.1"><ReasonCode>Valid SignOn</ReasonCode></ControlTransaction></Transaction>'
    "<Transaction><RetailStoreID>7</RetailStoreID><WorkstationID>34</WorkstationID><SequenceNumber>161</SequenceNumber>"
    "<BusinessDayDate>2019-03-02</BusinessDayDate><EndDateTime>2019-03-03T00:02:54</EndDateTime>"
    '<RetailTransaction Version="2.1"><ReceiptDateTime>2019-03-03T00:02:54</ReceiptDateTime>'
    '<LineItem EntryMethod="Keyed" acs:weightItem="true"><SequenceNumber>1</SequenceNumber><Sale ItemType="Stock">'
    '<POSIdentity POSIDType="GTIN"><POSItemID>00000000040112</POSItemID><Qualifier>6</Qualifier></POSIdentity>'
    "<ItemID>00000000040112</ItemID><RegularSalesUnitPrice>2.99</RegularSalesUnitPrice>"
    "<ExtendedAmount>1.26</ExtendedAmount><DiscountAmount>0.00</DiscountAmount>"
    "<ExtendedDiscountAmount>0.00</ExtendedDiscountAmount><Quantity>0.42</Quantity>"
    "<acs:OperatorSequence>2</acs:OperatorSequence></Sale></LineItem>"
    '<LineItem EntryMethod="acs:Auto"><SequenceNumber>2</SequenceNumber><acs:ItemRestriction>'
    '<acs:POSIdentity POSIDType="GTIN"><POSItemID>00000000065498</POSItemID></acs:POSIdentity>'
    "<acs:ItemID>00000000065498</acs:ItemID></acs:ItemRestriction></LineItem>"
    '<LineItem EntryMethod="MSR"><SequenceNumber>3</SequenceNumber><Tender TenderType="CreditDebit" TypeCode="Sale">'
    '<TenderID>12</TenderID><Amount>1.07</Amount><CreditDebit CardType="Debit">'
    "<PrimaryAccountNumber>4111111111111111</PrimaryAccountNumber></CreditDebit></Tender></LineItem>"
    '<LineItem EntryMethod="acs:Auto"><SequenceNumber>4</SequenceNumber><acs:LoyaltyMembership>'
    '<acs:LoyaltyID Type="Membership">0000000000000040000012345</acs:LoyaltyID>'
    "<acs:HouseholdID>0000000000000000000000000</acs:HouseholdID></acs:LoyaltyMembership></LineItem>"
    '<LineItem EntryMethod="acs:Auto"><SequenceNumber>5</SequenceNumber><LoyaltyReward><PromotionID>1</PromotionID>'
    "<acs:ExtendedRewardAmount>-0.19</acs:ExtendedRewardAmount><acs:RewardBasis><acs:ItemID>1</acs:ItemID>"
    "</acs:RewardBasis></LoyaltyReward></LineItem>"
    '<Total TotalType="TransactionGrandAmount">1.07</Total><Total TotalType="acs:GrossPositive">1.26</Total>'
    '<Total TotalType="acs:GrossNegative">-0.19</Total><Total TotalType="TransactionTaxAmount">0.00</Total>'
    '<TransactionLink ReasonCode="Resume" EntryMethod="Keyed"><RetailStoreID>7</RetailStoreID>'
    "<WorkstationID>32</WorkstationID><SequenceNumber>111</SequenceNumber></TransactionLink>"
    "</RetailTransaction></Transaction></POSLog>"
)

# Shape of Wincor Nixdorf's TP.net, POSLog 2.2: the void is a flagged line that links to the one it takes back.
WINCOR = f"""<POSLog {ARTS} xmlns:WN="http://www.wincor-nixdorf.com">
  <Transaction>
    <RetailStoreID>502</RetailStoreID>
    <OrganizationHierarchy Level="Corporation" ID="AE">UAE</OrganizationHierarchy>
    <WorkstationID>2</WorkstationID><SequenceNumber>2729</SequenceNumber>
    <BusinessDayDate>2018-07-14</BusinessDayDate>
    <BeginDateTime>2018-07-14T14:25:04</BeginDateTime><EndDateTime>2018-07-14T14:25:39</EndDateTime>
    <RetailTransaction Version="2.2">
      <LineItem EntryMethod="Keyed"><SequenceNumber>3</SequenceNumber><CreateNumber>3</CreateNumber>
        <Sale ItemType="Stock"><ItemID>32</ItemID>
          <POSIdentity POSIDType="EAN"><POSItemID>4006381333931</POSItemID></POSIdentity>
          <RegularSalesUnitPrice>21</RegularSalesUnitPrice><ActualSalesUnitPrice>21</ActualSalesUnitPrice>
          <ExtendedAmount>21</ExtendedAmount><Quantity Units="1" UnitOfMeasureCode="EA">1</Quantity>
        </Sale>
        <WN:CreateInfo><WN:RetailStoreID>777</WN:RetailStoreID></WN:CreateInfo>
      </LineItem>
      <LineItem EntryMethod="Keyed" VoidFlag="true"><SequenceNumber>4</SequenceNumber>
        <OperatorBypassApproval><SequenceNumber>5</SequenceNumber></OperatorBypassApproval>
        <Sale ItemType="Stock"><ItemID>32</ItemID>
          <POSIdentity POSIDType="EAN"><POSItemID>4006381333931</POSItemID></POSIdentity>
          <ExtendedAmount>21</ExtendedAmount><Quantity Units="1" UnitOfMeasureCode="EA">1</Quantity>
          <ItemLink>3</ItemLink><WN:Measurement>-1</WN:Measurement>
        </Sale>
      </LineItem>
      <LineItem EntryMethod="Scanned"><SequenceNumber>6</SequenceNumber>
        <Sale ItemType="Stock"><ItemID>33</ItemID><ExtendedAmount>5.5</ExtendedAmount><Quantity>2</Quantity></Sale>
      </LineItem>
      <Total TotalType="TransactionNetAmount" WN:DateTime="2018-07-14T14:25:38">5.5</Total>
      <Total TotalType="TransactionGrandAmount" WN:DateTime="2018-07-14T14:25:38">5.5</Total>
    </RetailTransaction>
    <WN:ExternalRetailStoreID>502</WN:ExternalRetailStoreID>
  </Transaction>
</POSLog>
"""

# Shape of a retailer's own export, POSLog 6.0 in the namespace of that version: several business units and stamps.
CHAIN = """<POSLog xmlns="http://www.nrf-arts.org/IXRetail/v6.0.0/poslog" MajorVersion="6" MinorVersion="0">
  <Transaction TrainingModeFlag="false" TypeCode="SaleTransaction">
    <BusinessUnit><UnitID Name="GB" TypeCode="X:Country">15-7-7</UnitID></BusinessUnit>
    <BusinessUnit><UnitID Name="QUAYS" TypeCode="RetailStore">7-240</UnitID></BusinessUnit>
    <WorkstationID TypeCode="POS">101</WorkstationID><SequenceNumber>1966</SequenceNumber>
    <TransactionID>7-240-101-1966</TransactionID>
    <POSLogDateTime TypeCode="Message">2019-12-26T11:27:26+01:00</POSLogDateTime>
    <POSLogDateTime TypeCode="Transaction">2017-06-21T23:39:11+02:00</POSLogDateTime>
    <RetailTransaction TransactionStatus="Finished">
      <LineItem VoidFlag="false" EntryMethod="RFID" CancelFlag="false" DeleteFlag="false">
        <Sale ItemType="Stock"><ItemID>1607701</ItemID><RegularSalesUnitPrice>124.99</RegularSalesUnitPrice>
          <ExtendedAmount>124.99</ExtendedAmount><Quantity>1</Quantity>
          <Tax TaxType="VAT"><SequenceNumber>1</SequenceNumber><Amount>20.83</Amount></Tax>
          <SerialNumber Type="GTIN">03583788755593</SerialNumber></Sale>
        <SequenceNumber>1</SequenceNumber></LineItem>
      <LineItem><Tax TaxType="VAT"><SequenceNumber>1</SequenceNumber><Amount>20.83</Amount></Tax>
        <SequenceNumber>4</SequenceNumber></LineItem>
      <LineItem><Tender TenderType="X:CreditCard"><Amount>124.99</Amount><CreditDebit>
        <PrimaryAccountNumber>*************641</PrimaryAccountNumber></CreditDebit></Tender></LineItem>
      <Total TotalType="TransactionGrandAmount">124.99</Total>
      <Total TotalType="TransactionNetAmount">104.16</Total><Total TotalType="TransactionTaxAmount">20.83</Total>
    </RetailTransaction>
    <EndDateTime TypeCode="X:Sales">2017-06-21T23:38:38+02:00</EndDateTime>
  </Transaction>
</POSLog>
"""

# Shape of roqqio's Futura, POSLog 6.0: a return is a sale of a negative quantity with a positive amount.
FUTURA = f"""<POSLog {ARTS} xmlns:fu="http://www.futura4retail.com/pos/namespace/" MajorVersion="6">
   <Transaction>
      <BusinessUnit><UnitID Name="A shop">100</UnitID></BusinessUnit>
      <WorkstationID TypeCode="POS">10001</WorkstationID><SequenceNumber>3570</SequenceNumber>
      <POSLogDateTime>2024-10-15T11:27:02.649</POSLogDateTime><ReceiptNumber>3570</ReceiptNumber>
      <RetailTransaction>
         <LineItem><Sale><ItemID Name="Flights">4022847522022</ItemID>
            <ActualSalesUnitPrice Currency="EUR">1.290</ActualSalesUnitPrice>
            <ExtendedAmount Currency="EUR">1.290</ExtendedAmount>
            <ExtendedDiscountAmount Currency="XXX">0</ExtendedDiscountAmount>
            <Quantity UnitOfMeasureCode="EA">-1.0000</Quantity>
            <TransactionLink><TransactionID>3569</TransactionID><BusinessUnit Name="A shop">100</BusinessUnit>
               <WorkstationID>10001</WorkstationID><BusinessDayDate><Date>2024-10-14</Date></BusinessDayDate>
               <SequenceNumber>3569</SequenceNumber><LineItemSequenceNumber>4</LineItemSequenceNumber></TransactionLink>
            <fu:SalesMode>RETOUR</fu:SalesMode></Sale><SequenceNumber>1</SequenceNumber></LineItem>
         <LineItem><Tender TenderType="Cash" TypeCode="Refund"><Amount Currency="EUR">1.290</Amount></Tender></LineItem>
         <Total TotalType="TransactionGrandAmount">-1.290</Total><Total TotalType="TransactionNetAmount">-1.080</Total>
         <Customer Gender="Female"><CustomerID>22000129</CustomerID></Customer>
         <LoyaltyAccount><CustomerID>22000129</CustomerID>
            <LoyaltyCard><PrimaryAccountNumber>T220001293</PrimaryAccountNumber></LoyaltyCard></LoyaltyAccount>
      </RetailTransaction>
      <BusinessDayDate>2024-10-15</BusinessDayDate><EndDateTime>2024-10-15T09:27:02.649Z</EndDateTime>
   </Transaction>
</POSLog>
"""

# Shape of Visma's tills, POSLog 6.0: five decimals, points but no card, a retail and a control part in one transaction.
VISMA = f"""<POSLog {ARTS} xmlns:VR="http://schemas.vismaretail.com/poslog/" MajorVersion="6">
	<Transaction VR:PosType="RSPOS" TrainingModeFlag="false">
		<BusinessUnit><UnitID>3004</UnitID></BusinessUnit><WorkstationID Mode="Retail">1</WorkstationID>
		<SequenceNumber>3619</SequenceNumber><TransactionID>1907220000300457201001192000</TransactionID>
		<ReceiptImage><ReceiptLine>Kassör</ReceiptLine><VR:ReceiptData>H4sI</VR:ReceiptData></ReceiptImage>
		<RetailTransaction TransactionStatus="Finished">
			<LineItem CancelFlag="false"><Sale ItemType="VRExt:RXBag">
				<POSIdentity POSIDType="GTIN"><POSItemID>7046265478027</POSItemID></POSIdentity>
				<POSIdentity POSIDType="RSID"><POSItemID>12302</POSItemID></POSIdentity>
				<ExtendedAmount>33.48000</ExtendedAmount><Quantity Units="0.00">1.00000</Quantity>
				<LoyaltyAccount><LoyaltyProgram><Points Type="VRExt:LoyaltyEligible">0</Points></LoyaltyProgram>
				</LoyaltyAccount></Sale><SequenceNumber>1</SequenceNumber></LineItem>
			<LineItem CancelFlag="false"><Tender TenderType="Cash"><Amount>33.00000</Amount></Tender></LineItem>
			<LineItem><Tender><Rounding RoundingDirection="Down">0.48000</Rounding></Tender></LineItem>
			<Total TotalType="TransactionNetAmount">33.48000</Total>
		</RetailTransaction>
		<BeginDateTime>2019-07-22T15:53:11</BeginDateTime><EndDateTime>2019-07-22T15:53:21</EndDateTime>
		<ControlTransaction><ApplicationEvent>CashDrawerOpen</ApplicationEvent></ControlTransaction>
	</Transaction>
	<Transaction TrainingModeFlag="false" VR:ZeroSales="true">
		<BusinessUnit><UnitID>3000</UnitID></BusinessUnit><WorkstationID>37</WorkstationID>
		<SequenceNumber>4</SequenceNumber>
		<RetailTransaction TransactionStatus="Canceled">
			<LineItem CancelFlag="false"><Sale><ItemID>12302</ItemID><ExtendedAmount>33.48000</ExtendedAmount>
				<Quantity>1.00000</Quantity></Sale><SequenceNumber>1</SequenceNumber></LineItem>
		</RetailTransaction><EndDateTime>2019-07-22T13:36:54</EndDateTime>
	</Transaction>
</POSLog>
"""

# Shape of Retalix's R10, POSLog 6.0: elements of another namespace without a prefix, two quantities, a total unnamed.
R10 = f"""<POSLog {ARTS} xmlns:r10Ex="http://www.Retalix.com/Extensions" MajorVersion="6">
  <Transaction MajorVersion="6">
    <BusinessUnit><UnitID Name="0610 TOWN">0610</UnitID></BusinessUnit>
    <WorkstationID TypeCode="POS">140</WorkstationID><SequenceNumber>451</SequenceNumber>
    <TransactionID>119EKZ37QD</TransactionID>
    <RetailTransaction>
      <LineItem EntryMethod="Keyed"><Sale>
          <POSIdentity><POSItemID>1329421</POSItemID></POSIdentity><ItemID Type="X:EAN">123</ItemID>
          <ExtendedAmount Currency="GBP">1.99</ExtendedAmount>
          <Quantity UnitOfMeasureCode="EA" Units="1">1</Quantity>
          <Quantity UnitOfMeasureCode="Kg" Units="0.127">0.127</Quantity>
          <ConsumableGroup xmlns="http://www.Retalix.com/Extensions"><Type>X</Type><ItemID>9</ItemID></ConsumableGroup>
          <Quantity xmlns="http://www.Retalix.com/Extensions">99</Quantity>
        </Sale><SequenceNumber>1</SequenceNumber>
        <EndDateTime>2016-08-22T15:21:50.9207335+01:00</EndDateTime></LineItem>
      <LineItem><SequenceNumber>4</SequenceNumber><TotalKey xmlns="http://www.Retalix.com/Extensions">
          <Total TotalType="TransactionNetAmount">6.57</Total></TotalKey></LineItem>
      <Total CurrencyCode="GBP">1.99</Total><Total TotalType="TransactionNetAmount">1.99</Total>
      <Customer r10Ex:IsAuthenticatedOffline="False"><Name/></Customer>
    </RetailTransaction>
    <BusinessDayDate>2016-08-22</BusinessDayDate><EndDateTime>2016-08-22T15:21:54.4833703+01:00</EndDateTime>
  </Transaction>
</POSLog>
"""

WINCOR_FAMILY = f"""<POSLog {ARTS} xmlns:WN="http://www.wincor-nixdorf.com" xmlns:shop="example.com/poslog">
<Transaction><RetailStoreID>501</RetailStoreID><WorkstationID>10</WorkstationID><SequenceNumber>27</SequenceNumber>
<BusinessDayDate>2016-02-11</BusinessDayDate><EndDateTime>2016-02-11T12:34:41</EndDateTime>
<RetailTransaction Version="2.2"><LineItem EntryMethod="Keyed"><SequenceNumber>9</SequenceNumber><Sale ItemType="Stock">
<ItemID>17228555</ItemID><POSIdentity POSIDType="EAN"><POSItemID>17228555</POSItemID></POSIdentity>
<RegularSalesUnitPrice>0.7</RegularSalesUnitPrice><ActualSalesUnitPrice>0.5</ActualSalesUnitPrice>
<ExtendedAmount>1.5</ExtendedAmount><Quantity Units="3" UnitOfMeasureCode="EA">3</Quantity>
<RetailPriceModifier MethodCode="WN:CustomerPrice"><SequenceNumber>6</SequenceNumber>
<Amount Action="Replace">0.5</Amount>
<PreviousPrice>0.7</PreviousPrice></RetailPriceModifier></Sale></LineItem>
<LineItem><SequenceNumber>14</SequenceNumber><Discount><Amount>0.6</Amount></Discount></LineItem>
<LineItem><SequenceNumber>15</SequenceNumber><Tender TenderType="CreditDebit"><Amount>1.5</Amount>
<CreditDebit><PrimaryAccountNumber>4111111111111111</PrimaryAccountNumber></CreditDebit></Tender></LineItem>
<Total TotalType="TransactionNetAmount">1.22</Total><Total TotalType="TransactionTaxAmount">0.28</Total>
<Total TotalType="TransactionGrandAmount">1.5</Total>
<LoyaltyAccount><CustomerID>everyMember</CustomerID><LoyaltyProgram><LoyaltyProgramID>CLUB</LoyaltyProgramID>
<LoyaltyAccountID>62759801</LoyaltyAccountID></LoyaltyProgram></LoyaltyAccount>
<shop:Specifics>
<shop:HomeDelivery>false</shop:HomeDelivery></shop:Specifics></RetailTransaction></Transaction></POSLog>"""

NCR_MOBILE = """<POSLog><Transaction><RetailStoreID>0044</RetailStoreID><WorkstationID>5002</WorkstationID>
<SequenceNumber>410</SequenceNumber><BusinessDayDate>2015-05-08</BusinessDayDate>
<BeginDateTime>2015-05-08T16:05:42</BeginDateTime><RetailTransaction><LineItem><SequenceNumber>1</SequenceNumber>
<Sale Department="9999"><ItemID Type="Code128">0000000000051</ItemID><RegularSalesUnitPrice>500</RegularSalesUnitPrice>
<ActualSalesUnitPrice>500</ActualSalesUnitPrice><ExtendedAmount>500</ExtendedAmount>
<ExtendedDiscountAmount>95</ExtendedDiscountAmount><Quantity>1</Quantity>
<RetailPriceModifier MethodCode="Markdown"><SequenceNumber>1</SequenceNumber><Amount Action="Subtract">50</Amount>
</RetailPriceModifier><RetailPriceModifier MethodCode="Markdown"><SequenceNumber>2</SequenceNumber>
<Percent Action="Subtract">10</Percent><Amount Action="Subtract">45</Amount></RetailPriceModifier></Sale></LineItem>
<LineItem><SequenceNumber>2</SequenceNumber><Discount><Percentage>10</Percentage>
<Amount>45</Amount></Discount></LineItem>
<LineItem><SequenceNumber>3</SequenceNumber><Tender TenderType="Cash"><Amount>500</Amount><TenderChange>
<Amount>95</Amount>
</TenderChange></Tender></LineItem><LineItem><SequenceNumber>4</SequenceNumber><Tax TaxType="Sales">
<Amount>30</Amount></Tax>
</LineItem><Total TotalType="TransactionSubtotal">450</Total><Total TotalType="TransactionGrandAmount">405</Total>
</RetailTransaction></Transaction></POSLog>"""

PARCEL = f"""<POSLog {ARTS}><Transaction><BusinessUnit><UnitID TypeCode="DKT:Country">15-67-67</UnitID></BusinessUnit>
<WorkstationID TypeCode="Website">67</WorkstationID><SequenceNumber>29735</SequenceNumber>
<POSLogDateTime TypeCode="Transaction">2018-12-25T01:27:59+08:00</POSLogDateTime>
<RetailTransaction TransactionStatus="Shipped"><LineItem VoidFlag="false"><Sale ItemType="Stock">
<ItemID>2358600</ItemID>
<RegularSalesUnitPrice>129.00</RegularSalesUnitPrice><ExtendedAmount>129.00</ExtendedAmount>
<Quantity>1</Quantity></Sale>
<SequenceNumber>1</SequenceNumber></LineItem><LineItem><SaleForDelivery ItemType="DKT:ShippingGroup">
<ItemID>sg3022</ItemID><Item ItemType="Stock"><ItemID>2358600</ItemID><ExtendedAmount>129.00</ExtendedAmount>
<Quantity>1</Quantity><ItemLink>1</ItemLink></Item></SaleForDelivery><SequenceNumber>3</SequenceNumber></LineItem>
<Total TotalType="TransactionGrandAmount">129.00</Total><Customer><CustomerID>20912</CustomerID></Customer>
<LoyaltyAccount><CustomerID>20912</CustomerID></LoyaltyAccount></RetailTransaction></Transaction></POSLog>"""

SEVERAL_CODES = f"""<POSLog MajorVersion="6" {ARTS}><Transaction><BusinessUnit>
<UnitID TypeCode="RetailStore">12</UnitID></BusinessUnit><WorkstationID>3</WorkstationID>
<SequenceNumber>77</SequenceNumber>
<RetailTransaction><LineItem EntryMethod="Scanned"><Sale ItemType="Stock"><ItemID Name="SKU">54430000</ItemID>
<ItemID Name="Codabar">2022854430008</ItemID><POSIdentity><POSItemID>4006381333931</POSItemID></POSIdentity>
<ActualSalesUnitPrice>30.00</ActualSalesUnitPrice><ExtendedAmount>30.00</ExtendedAmount>
<ExtendedDiscountAmount>24.0</ExtendedDiscountAmount><Quantity UnitOfMeasureCode="EA">1.0</Quantity></Sale>
<SequenceNumber>1</SequenceNumber></LineItem><Total TotalType="TransactionGrandAmount">30.0</Total>
<LoyaltyAccount><CustomerID>4071</CustomerID></LoyaltyAccount></RetailTransaction>
<EndDateTime>2021-05-01T10:00:00</EndDateTime></Transaction></POSLog>"""

# Shape of Oracle's Xstore, POSLog 2.x: every text a section, the scanned code in the vendor's namespace, the loyalty
# account inside the customer's account, a line voided by its flag, and a transaction left behind by a crashed till.
XSTORE = f"""<POSLog {ARTS} xmlns:dtv="http://www.datavantagecorp.com/xstore/">
<Transaction CancelFlag="false" OfflineFlag="false" TrainingModeFlag="false" dtv:TransactionType="RETAIL_SALE">
<dtv:OrganizationID><![CDATA[1]]></dtv:OrganizationID><RetailStoreID><![CDATA[674]]></RetailStoreID>
<WorkstationID><![CDATA[2]]></WorkstationID><TillID><![CDATA[6742]]></TillID>
<SequenceNumber><![CDATA[8123]]></SequenceNumber><BusinessDayDate><![CDATA[2025-02-21]]></BusinessDayDate>
<BeginDateTime><![CDATA[2025-02-21T10:16:31.97]]></BeginDateTime>
<EndDateTime><![CDATA[2025-02-21T10:16:45.64]]></EndDateTime>
<dtv:PosTransactionProperties><dtv:PosTransactionPropertyCode><![CDATA[REGION]]></dtv:PosTransactionPropertyCode>
<dtv:PosTransactionPropertyValue><![CDATA[AMA]]></dtv:PosTransactionPropertyValue></dtv:PosTransactionProperties>
<RetailTransaction TransactionStatus="Delivered" TypeCode="Transaction">
<LineItem EntryMethod="dtv:ScannerScanner" VoidFlag="false"><SequenceNumber><![CDATA[1]]></SequenceNumber>
<LineNumber><![CDATA[1]]></LineNumber><Sale ItemType="Stock"><ItemID><![CDATA[005013603]]></ItemID>
<RegularSalesUnitPrice><![CDATA[24.99]]></RegularSalesUnitPrice>
<ActualSalesUnitPrice><![CDATA[22.49]]></ActualSalesUnitPrice>
<ExtendedAmount><![CDATA[44.9800]]></ExtendedAmount><Quantity><![CDATA[2]]></Quantity>
<RetailPriceModifier MethodCode="Promotion" VoidFlag="false"><SequenceNumber><![CDATA[1]]></SequenceNumber>
<Amount Action="Subtract"><![CDATA[5.0000]]></Amount></RetailPriceModifier>
<RetailPriceModifier MethodCode="Promotion" VoidFlag="true"><SequenceNumber><![CDATA[2]]></SequenceNumber>
<Amount Action="Subtract"><![CDATA[9.0000]]></Amount></RetailPriceModifier>
<dtv:ScannedItemID><![CDATA[4006381333931]]></dtv:ScannedItemID>
<Tax TaxType="Sales" dtv:VoidFlag="false"><Amount><![CDATA[0.00]]></Amount></Tax></Sale></LineItem>
<LineItem EntryMethod="dtv:Keyboard" VoidFlag="true"><SequenceNumber><![CDATA[2]]></SequenceNumber>
<Sale ItemType="Stock"><ItemID><![CDATA[7]]></ItemID><ExtendedAmount><![CDATA[1.0000]]></ExtendedAmount>
<Quantity><![CDATA[1]]></Quantity></Sale></LineItem>
<LineItem VoidFlag="false"><SequenceNumber><![CDATA[3]]></SequenceNumber><Tender TenderType="CREDIT" TypeCode="SALE">
<TenderID><![CDATA[TR0111-1]]></TenderID><Amount Currency="TRY"><![CDATA[44.9800]]></Amount></Tender></LineItem>
<Total TotalType="TransactionGrandAmount"><![CDATA[44.9800]]></Total><RoundedTotal><![CDATA[0.0000]]></RoundedTotal>
<CustomerAccount><LoyaltyAccount><LoyaltyAccountID><![CDATA[L-7731]]></LoyaltyAccountID></LoyaltyAccount>
</CustomerAccount></RetailTransaction></Transaction>
<Transaction TrainingModeFlag="false" dtv:TransactionType="RETAIL_SALE"><RetailStoreID><![CDATA[674]]></RetailStoreID>
<WorkstationID><![CDATA[2]]></WorkstationID><SequenceNumber><![CDATA[8124]]></SequenceNumber>
<BusinessDayDate><![CDATA[2025-02-21]]></BusinessDayDate><RetailTransaction TransactionStatus="dtv:CancelOrphaned">
<LineItem VoidFlag="false"><Sale><ItemID><![CDATA[7]]></ItemID><ExtendedAmount><![CDATA[1.0]]></ExtendedAmount>
<Quantity><![CDATA[1]]></Quantity></Sale></LineItem></RetailTransaction></Transaction>
<Transaction dtv:TransactionType="NO_SALE"><RetailStoreID><![CDATA[674]]></RetailStoreID>
<ControlTransaction><ReasonCode><![CDATA[NO_SALE]]></ReasonCode></ControlTransaction></Transaction></POSLog>"""
